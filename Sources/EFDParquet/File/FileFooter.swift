import EFDAvro
import EFDCore
import EFDSink

/// A file's metadata in its footer, beside its columns: keys `efd.…`, values as text.
enum FileFooter {
    static let schema = "efd.avro.schema"
    static let schemaID = "efd.avro.schema.id"
    static let topic = "efd.topic"
    static let partition = "efd.partition"
    static let first = "efd.offset.first"
    static let last = "efd.offset.last"
    /// The file set: its files cover offsets from the first up to, but not including, the second; see `Claim`. The
    /// names are those of the first version: published files keep them.
    static let from = "efd.generation.from"
    static let next = "efd.generation.next"
    static let fileCount = "efd.generation.files"
    static let rows = "efd.records"
    static let firstTime = "efd.event.first"
    static let lastTime = "efd.event.last"
    /// The column of event times; empty: those of the Kafka records.
    static let timeColumn = "efd.event.field"
    /// The bounds of the time partition, in seconds since 1970.
    static let begin = "efd.folder.begin"
    static let end = "efd.folder.end"
    static let sequences = "efd.seqnum"
    static let program = "efd.program"
    /// For a merged file: the files with its rows; see `Origin`.
    static let merged = "efd.merged"

    typealias Pairs = [(key: String, value: String)]

    static func make(_ file: FileSet.File, _ claim: Claim) -> Pairs {
        let chunk = file.parts.first?.chunk
        let times = file.parts.lazy.flatMap { $0.chunk.times[$0.rows] }
        return [
            (schema, chunk?.rows.plan.schema.text ?? ""), (schemaID, String(chunk?.rows.schemaID ?? 0)),
            (topic, claim.topic),
            (partition, String(claim.partition)),
            (first, String(file.name.first)), (last, String(file.name.last)), (from, String(claim.from)),
            (next, String(claim.next)),
            (fileCount, String(claim.files.count)), (rows, String(file.parts.reduce(0) { $0 + $1.rows.count })),
            (firstTime, Timestamp.text(microseconds: times.min() ?? 0)),
            (lastTime, Timestamp.text(microseconds: times.max() ?? 0)), (timeColumn, chunk?.timeColumn ?? ""),
            (begin, String(file.seconds.lowerBound)),
            (end, String(file.seconds.upperBound)), (sequences, SequenceRanges(file.parts, topic: claim.topic).text),
            (program, writer),
        ]
    }

    /// The footer of a file with the rows of others, whose footers are `footers`, at least one.
    static func merge(_ footers: [[String: String]], name: FileName, origins: [Origin]) -> Pairs {
        let kept = [schema, schemaID, topic, partition, timeColumn, begin, end].map {
            (key: $0, value: footers[0][$0] ?? "")
        }
        var numbers = SequenceRanges()
        for footer in footers { numbers.merge(SequenceRanges(parsing: footer[sequences] ?? "")) }
        // Times of this format sort as texts.
        return kept + [
            (first, String(name.first)), (last, String(name.last)), (rows, String(origins.reduce(0) { $0 + $1.rows })),
            (firstTime, footers.compactMap { $0[firstTime] }.min() ?? ""),
            (lastTime, footers.compactMap { $0[lastTime] }.max() ?? ""),
            (sequences, numbers.text), (program, writer), (merged, Origin.text(origins)),
        ]
    }

    static let writer = "parquet-sink \(BuildInfo.version)"
}
