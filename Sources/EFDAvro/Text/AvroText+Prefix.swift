extension AvroText {
    /// A value rendered as far as its bytes can be decoded.
    public struct Prefix: Sendable, Equatable {
        /// JSON, without its end if there is a fault.
        public let text: String
        /// Why and where decoding ended; nil: the value is whole.
        public let fault: AvroFault?
    }

    /// Renders what can be decoded: for a person who looks for the cause of a fault.
    public static func prefix(_ bytes: UnsafeRawBufferPointer, _ schema: AvroSchema) -> Prefix {
        var cursor = AvroCursor(bytes)
        var writer = AvroTextWriter(schema: schema)
        var fault: AvroFault?
        do throws(AvroFault) {
            try writer.write(schema.type, &cursor)
            if !cursor.isAtEnd { fault = cursor.fault(.trailingBytes) }
        } catch {
            fault = error
        }
        return Prefix(text: String(decoding: writer.bytes, as: UTF8.self), fault: fault)
    }
}
