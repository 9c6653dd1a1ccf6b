import EFDCore

/// `efd broker`, `efd audit` and `efd top`.
extension EFDError.Code {
    /// The numbers of sent and stored records differ.
    /// Action: See the topics in the table, then dead letters, lost samples and lag.
    static let auditCountsDiffer = Self("audit.countsDiffer")

    /// The report lacks its topics.
    /// Action: Give the file that `efd simulate --report` wrote.
    static let auditReportUnreadable = Self("audit.reportUnreadable")

    /// An address is not an IPv4 address.
    /// Action: Use 127.0.0.1.
    static let brokerAddressInvalid = Self("broker.addressInvalid")

    /// The broker cannot listen on its port.
    /// Action: Give another port with `--kafka-listen`, or 0 for a free one.
    static let brokerAddressTaken = Self("broker.addressTaken")

    /// A control command of the broker is wrong.
    /// Action: See the message; `help` lists the commands.
    static let brokerCommandRefused = Self("broker.commandRefused")

    /// The number of partitions is not above 0.
    /// Action: Correct `--topic NAME=PARTITIONS`.
    static let brokerTopicInvalid = Self("broker.topicInvalid")

    /// No service answered `efd top` as long as it ran.
    /// Action: Name the addresses of `--http-listen` of running services with `--metrics`.
    static let topNothingSeen = Self("top.nothingSeen")
}
