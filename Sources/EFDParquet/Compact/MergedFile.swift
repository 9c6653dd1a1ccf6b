import EFDAvro
import EFDCore

/// One file merged from several of the same partition, time partition and schema.
struct MergedFile {
    let name: FileName
    let inputs: [FileRecord]
    let rows: Int
    let bytes: Int
    /// The unpublished file.
    let staged: String

    /// Merges one or more files of a local store, in the order of their offsets. Sorts their rows by event time if it
    /// is a column.
    init(_ inputs: [FileRecord], store: LocalStore, staging: Staging, format: ParquetFormat) throws(EFDError) {
        var footers: [[String: String]] = []
        for input in inputs {
            footers.append(try FooterReader(StoredFile(path: input.path, size: input.bytes), in: store).pairs)
        }
        let text = footers.first?[FileFooter.schema] ?? ""
        let columns = try AvroPlan(AvroSchema.parse(text)).columns
        let origins = inputs.flatMap(\.origins)
        let name = FileName(
            topic: inputs[0].name.topic, partition: inputs[0].name.partition,
            first: inputs.map(\.name.first).min() ?? 0,
            last: inputs.map(\.name.last).max() ?? 0, codec: format.codec)
        let timeColumn = footers.first?[FileFooter.timeColumn] ?? ""
        let output = staging.newPath()
        let (rows, bytes) = try ParquetMerge.merge(
            inputs.map { "\(store.root)/\($0.path)" }, to: output, columns: columns,
            sortedBy: timeColumn.isEmpty ? nil : timeColumn, format: format,
            footer: FileFooter.merge(footers, name: name, origins: origins))
        let expected = inputs.reduce(0) { $0 + $1.rows }
        guard rows == expected else {
            throw EFDError(
                .parquetRowsWrong, "merging \(inputs.count) files of \(expected) rows to \(name.text) gave \(rows)")
        }
        (self.name, self.inputs, self.rows, self.bytes, staged) = (name, inputs, rows, bytes, output)
    }
}
