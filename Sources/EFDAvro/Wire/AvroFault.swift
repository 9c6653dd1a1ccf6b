/// Why bytes are not a value of their schema. Small and without allocation, since malformed records may come by the
/// million.
public struct AvroFault: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The bytes end within a value.
        case truncated
        /// A number takes more than ten bytes, or more bits than its type has.
        case varintTooLong
        /// A length or count is negative, or larger than the remaining bytes allow.
        case lengthOutOfRange
        /// A string's bytes are not UTF-8.
        case invalidUTF8
        /// A boolean is neither 0 nor 1.
        case invalidBoolean
        /// An enum or union has no such branch.
        case indexOutOfRange
        /// Bytes remain after the value.
        case trailingBytes
        /// Values are nested deeper than `AvroSchema.depthLimit`.
        case tooDeep
        /// The decoded record is larger than an empty batch, a text or a tree may be.
        case tooLarge
        /// The columns have reached the limit of 32-bit offsets: store this batch, then continue with a new one.
        case batchFull
        /// The record does not begin with byte 0.
        case noMagicByte
    }

    public let reason: Reason
    /// The position in the bytes.
    public let offset: Int

    public init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }

    public var isBatchFull: Bool { reason == .batchFull }

    public var description: String {
        let words =
            switch reason {
            case .truncated: "the bytes end within a value"
            case .varintTooLong: "a number is too long for its type"
            case .lengthOutOfRange: "a length is negative or larger than the remaining bytes"
            case .invalidUTF8: "a string is not UTF-8"
            case .invalidBoolean: "a boolean is neither 0 nor 1"
            case .indexOutOfRange: "an enum or union has no such branch"
            case .trailingBytes: "bytes remain after the value"
            case .tooDeep: "values are nested too deeply"
            case .tooLarge: "the decoded record is too large"
            case .batchFull: "the batch is full"
            case .noMagicByte: "the record does not begin with the magic byte 0 and a schema id"
            }
        return "\(words) (byte \(offset))"
    }
}
