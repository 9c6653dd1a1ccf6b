import CArrowData
import EFDAvro
import Glibc

/// Columns as a schema of the Arrow C Data Interface, with units and descriptions in the fields' metadata.
///
/// The importer owns the schema and frees it by its `release`.
public enum ArrowSchemaExport {
    public static func make(_ columns: [Column]) -> ArrowSchema {
        var schema = node(ArrowFormat.record, name: "", isNullable: false, metadata: [])
        schema.adopt(columns.map(field))
        return schema
    }

    private static func field(_ column: Column) -> ArrowSchema {
        var metadata: [(String, String)] = []
        if let units = column.units { metadata.append(("units", units)) }
        if let description = column.description { metadata.append(("description", description)) }
        if column.isJSONText { metadata.append(("encoding", "json")) }
        var field = node(ArrowFormat.of(column), name: column.name, isNullable: column.isNullable, metadata: metadata)
        if case .list(let item) = column.kind {
            // The name of a list's items in Parquet's format.
            field.adopt([
                node(ArrowFormat.of(item.kind), name: "element", isNullable: column.hasNullableItems, metadata: [])
            ])
        }
        return field
    }

    private static func node(_ format: String, name: String, isNullable: Bool, metadata: [(String, String)])
        -> ArrowSchema
    {
        var schema = ArrowSchema()
        schema.format = UnsafePointer(strdup(format))
        schema.name = UnsafePointer(strdup(name))
        schema.metadata = encode(metadata)
        schema.flags = isNullable ? Int64(ARROW_FLAG_NULLABLE) : 0
        schema.release = releaseSchema
        return schema
    }

    /// Pairs in the interface's format: their number, then each length and bytes, in the machine's byte order.
    private static func encode(_ pairs: [(String, String)]) -> UnsafePointer<CChar>? {
        if pairs.isEmpty { return nil }
        var bytes: [UInt8] = []
        func add(_ number: Int) { withUnsafeBytes(of: Int32(number)) { bytes += $0 } }
        add(pairs.count)
        for (key, value) in pairs {
            for text in [key, value] {
                add(text.utf8.count)
                bytes += text.utf8
            }
        }
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { (memory + index).initialize(to: CChar(bitPattern: byte)) }
        return UnsafePointer(memory)
    }
}

/// Frees the schema's private data; the importer calls it.
private func releaseSchema(_ schema: UnsafeMutablePointer<ArrowSchema>?) {
    guard let schema, schema.pointee.release != nil else { return }
    Glibc.free(UnsafeMutablePointer(mutating: schema.pointee.format))
    Glibc.free(UnsafeMutablePointer(mutating: schema.pointee.name))
    schema.pointee.metadata?.deallocate()
    schema.pointee.releaseChildren()
    schema.pointee.release = nil
}
