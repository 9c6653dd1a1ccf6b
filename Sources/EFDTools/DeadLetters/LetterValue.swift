import EFDAvro
import EFDCore
import EFDRegistry

/// A letter's value, decoded as far as its bytes and the registry allow.
struct LetterValue: Sendable {
    let bytes: [UInt8]
    /// nil: no schema registry's frame.
    let schemaID: Int32?
    /// The subject, or the name of the record in the schema.
    let schemaName: String?
    /// JSON, incomplete if there is a fault after its beginning; nil: nothing is decoded.
    let text: String?
    /// Why the rest is not decoded; nil: the value is whole.
    let fault: String?
    /// The first byte that is not decoded.
    let rest: Int

    /// - Parameter schema: the registry's schema of an id; nil: it has none.
    init(_ bytes: [UInt8], schema: (Int32) throws(EFDError) -> RegisteredSchema?) {
        self.bytes = bytes
        let frame = bytes.withUnsafeBytes { raw in
            Result { () throws(AvroFault) in try ConfluentFrame.parse(raw).schemaID }
        }
        guard case .success(let id) = frame else {
            (schemaID, schemaName, text, rest) = (nil, nil, nil, 0)
            fault = "the value does not begin with the magic byte 0 and a schema id"
            return
        }
        schemaID = id
        do throws(EFDError) {
            guard let found = try schema(id) else {
                (schemaName, text, rest) = (nil, nil, ConfluentFrame.headerCount)
                fault = "the registry has no schema \(id)"
                return
            }
            let parsed = try AvroSchema.parse(found.text)
            let prefix = bytes.withUnsafeBytes {
                AvroText.prefix(UnsafeRawBufferPointer(rebasing: $0[ConfluentFrame.headerCount...]), parsed)
            }
            schemaName = found.subject ?? parsed.record?.fullName
            text = prefix.text
            fault = prefix.fault?.description
            rest = prefix.fault.map { ConfluentFrame.headerCount + $0.offset } ?? bytes.count
        } catch {
            (schemaName, text, rest) = (nil, nil, ConfluentFrame.headerCount)
            fault = error.description
        }
    }
}
