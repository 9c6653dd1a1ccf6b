import EFDCore

/// DDS.
extension EFDError.Code {
    /// A call of Cyclone DDS failed.
    /// Action: Check the `--dds-…` settings and the network interface.
    static let ddsCallFailed = Self("dds.callFailed")

    /// The process already uses this DDS domain with another configuration.
    /// Action: Use one configuration per domain.
    static let ddsDomainConfigured = Self("dds.domainConfigured")

    /// The DDS settings leave no way to discover other participants.
    /// Action: Set `--dds-multicast` or `--dds-peer`, or give the interface by its address.
    static let ddsNobodyToFind = Self("dds.nobodyToFind")

    /// A reliable DDS reader did not acknowledge a sample in time.
    /// Action: Look for an overloaded subscriber; the writer tries again.
    static let ddsReaderTooSlow = Self("dds.readerTooSlow")

    /// A sample does not fit the type of its topic.
    /// Action: Check that the sender was built from the same IDL revision.
    static let ddsSampleRefused = Self("dds.sampleRefused")

    /// A DDS topic is in use in this process with another definition.
    /// Action: Restart the process to use the new definition.
    static let ddsTopicRedefined = Self("dds.topicRedefined")

    /// A sample of a type takes more memory than the program allows.
    /// Action: Check array lengths and string bounds in the IDL.
    static let ddsTypeTooLarge = Self("dds.typeTooLarge")
}
