import EFDCore

/// SAL's IDL, samples and time.
extension EFDError.Code {
    /// An IDL file defines a topic, struct or field twice.
    /// Action: Generate the file again with SAL.
    static let salIdlDuplicateName = Self("sal.idlDuplicateName")

    /// An IDL file has a syntax error.
    /// Action: Correct the line, or generate the file again with SAL.
    static let salIdlSyntax = Self("sal.idlSyntax")

    /// An array, string bound or struct in an IDL file exceeds its limit.
    /// Action: Check the number; no topic of SAL comes near the limit.
    static let salIdlTooLarge = Self("sal.idlTooLarge")

    /// An IDL file ends too early.
    /// Action: Copy the file again, or generate it with SAL.
    static let salIdlTruncated = Self("sal.idlTruncated")

    /// `#pragma keylist` names a struct or field that does not exist.
    /// Action: Correct the name, or remove it from the list.
    static let salIdlUnknownKey = Self("sal.idlUnknownKey")

    /// An IDL file uses an unknown type.
    /// Action: Use a type of SAL.
    static let salIdlUnknownType = Self("sal.idlUnknownType")

    /// An IDL file uses a type that SAL topics do not have.
    /// Action: Use flat structs of SAL's types.
    static let salIdlUnsupportedType = Self("sal.idlUnsupportedType")

    /// The leap second file is not in the format of IERS.
    /// Action: Give a leap-seconds.list as IERS publishes it, or use the built-in table.
    static let salLeapSecondsMalformed = Self("sal.leapSecondsMalformed")

    /// A name in a topic is not a valid Avro name.
    /// Action: Use a letter or underscore, then letters, digits and underscores.
    static let salNameNotAvro = Self("sal.nameNotAvro")

    /// An IDL file defines no topic.
    /// Action: Generate the file again with SAL.
    static let salNoTopics = Self("sal.noTopics")

    /// A file is not an IDL file of SAL.
    /// Action: Name a sal_revCoded_<Component>.idl that SAL generated.
    static let salNotSALIDL = Self("sal.notSALIDL")

    /// A DDS sample does not match its IDL.
    /// Action: Check that the sender was built from the same IDL revision.
    static let salSampleMalformed = Self("sal.sampleMalformed")

    /// A struct lacks what a SAL topic needs.
    /// Action: Generate the file again with SAL, or remove the struct.
    static let salTopicUnusable = Self("sal.topicUnusable")

    /// The IDL folder has no file of the component.
    /// Action: Check the component's name and `--idl-dir`.
    static let salUnknownComponent = Self("sal.unknownComponent")

    /// A value does not fit the field of a sample.
    /// Action: Give each field a value of its type.
    static let salValueMismatch = Self("sal.valueMismatch")
}
