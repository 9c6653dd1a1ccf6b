/// The five bytes before a value of a schema registry: 0, then the schema's id, big-endian.
public struct ConfluentFrame {
    public static let headerCount = 5

    public let schemaID: Int32
    /// The Avro bytes, in place.
    public let payload: UnsafeRawBufferPointer

    @inlinable
    public static func parse(_ value: UnsafeRawBufferPointer) throws(AvroFault) -> ConfluentFrame {
        guard value.count >= headerCount else { throw AvroFault(.noMagicByte, at: value.count) }
        guard value[0] == 0 else { throw AvroFault(.noMagicByte, at: 0) }
        let id = Int32(bigEndian: value.loadUnaligned(fromByteOffset: 1, as: Int32.self))
        return ConfluentFrame(schemaID: id, payload: UnsafeRawBufferPointer(rebasing: value[headerCount...]))
    }

    @inlinable
    init(schemaID: Int32, payload: UnsafeRawBufferPointer) {
        self.schemaID = schemaID
        self.payload = payload
    }

    /// The header for values of a schema.
    public static func header(schemaID: Int32) -> [UInt8] {
        [0] + withUnsafeBytes(of: schemaID.bigEndian) { Array($0) }
    }
}
