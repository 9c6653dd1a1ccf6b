import EFDCore

/// Why a sample is not a value of its type.
public struct CDRFault: Error, Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// The sample ends inside a field.
        case truncated
        /// The length of a string exceeds the sample.
        case stringTooLong
        /// A string does not end with NUL.
        case stringNotTerminated
        /// A boolean is neither 0 nor 1.
        case boolean
        /// Another encapsulation than plain CDR, version 1 or 2, of a final type.
        case encapsulation(UInt16)
    }

    public let kind: Kind
    /// Bytes from the start of the sample, its four-byte header included.
    public let offset: Int
    /// Position of the field in its struct; -1 for the header.
    public let field: Int

    /// The error with the details to find the fault. The sample belongs in a dead-letter topic.
    public func error(in topic: SALTopic) -> EFDError {
        let why =
            switch kind {
            case .truncated: "the sample ends before the value does"
            case .stringTooLong: "the string is longer than the rest of the sample"
            case .stringNotTerminated: "the string does not end with NUL"
            case .boolean: "the boolean is neither 0 nor 1"
            case .encapsulation(let id):
                "its representation 0x\(hex(UInt8(id >> 8)))\(hex(UInt8(id & 255))) is not plain CDR of a final type"
            }
        let position =
            topic.fields.indices.contains(field)
            ? "field \(topic.fields[field].name), byte \(offset)" : "byte \(offset)"
        return EFDError(
            .salSampleMalformed, "a sample of \(topic.ddsTopicName) cannot be read at \(position): \(why)",
            remedy: "Check that the sender was built from the same IDL revision.", recovery: .reject)
    }
}

/// The metadata of a sample for accounting, collected while it is transcoded. Fields that the topic lacks are 0.
public struct SampleFacts: Sendable, Equatable {
    /// TAI seconds since 1970 at the sender.
    public var sndStamp = 0.0
    /// UTC seconds since 1970: the time of the record.
    public var efdStamp = 0.0
    public var seqNum: Int32 = 0
    /// The instance: `salIndex` or `<Component>ID`.
    public var index: Int32 = 0
    /// Process of the sender.
    public var origin: Int32 = 0
    /// Hash of `private_identity`: stable within a process, not across versions of the suite.
    public var identityHash: UInt64 = 0
    /// Bytes of strings that were not UTF-8 and were read as Latin-1.
    public var repairedBytes = 0
    /// `private_sndStamp` has no UTC (not finite, or before 1972), so `efdStamp` is the time of reception.
    public var hasSubstituteTime = false

    public init() {}
}
