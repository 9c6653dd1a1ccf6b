/// Why bytes are no value of their schema. Small and without allocation, since hostile bytes may come by the million.
public struct AvroFault: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: Sendable, Equatable {
        /// The bytes end within a value.
        case truncated
        /// A number takes more than ten bytes, or more bits than its type has.
        case varintTooLong
        /// A length or count is negative, or larger than what is left could hold.
        case lengthOutOfRange
        /// A string's bytes are no UTF-8.
        case invalidUTF8
        /// A boolean is neither 0 nor 1.
        case invalidBoolean
        /// An enum or union has no such branch.
        case indexOutOfRange
        /// Bytes are left after the value.
        case trailingBytes
        /// Values are nested deeper than `AvroSchema.depthLimit`.
        case tooDeep
        /// The record takes more room, decoded, than an empty batch, a text or a tree may have.
        case tooLarge
        /// The columns hold all that 32-bit offsets can address: store this batch, then go on with a new one.
        case batchFull
        /// The record does not begin with byte 0.
        case noMagicByte
    }

    public let reason: Reason
    /// Where in the bytes it showed.
    public let offset: Int

    public init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }

    public var isBatchFull: Bool { reason == .batchFull }

    public var description: String {
        let words =
            switch reason {
            case .truncated: "the bytes end within a value"
            case .varintTooLong: "a number is too long for its type"
            case .lengthOutOfRange: "a length is negative or larger than what is left"
            case .invalidUTF8: "a string is no UTF-8"
            case .invalidBoolean: "a boolean is neither 0 nor 1"
            case .indexOutOfRange: "an enum or union has no such branch"
            case .trailingBytes: "bytes are left after the value"
            case .tooDeep: "values are nested too deep"
            case .tooLarge: "the record takes too much room when decoded"
            case .batchFull: "the batch is full"
            case .noMagicByte: "the record does not begin with the magic byte 0 and a schema id"
            }
        return "\(words) (byte \(offset))"
    }
}
