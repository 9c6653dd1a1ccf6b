import EFDAvro
import EFDCore

/// What a file's footer says of it beside its columns: keys `efd.…`, values as text.
enum FileFooter {
    static let schema = "efd.avro.schema"
    static let schemaID = "efd.avro.schema.id"
    static let topic = "efd.topic"
    static let partition = "efd.partition"
    static let first = "efd.offset.first"
    static let last = "efd.offset.last"
    /// The files of a generation cover offsets from the first to the last but one of these; see `Claim`.
    static let from = "efd.generation.from"
    static let next = "efd.generation.next"
    static let fileCount = "efd.generation.files"
    static let rows = "efd.records"
    static let firstTime = "efd.event.first"
    static let lastTime = "efd.event.last"
    /// The column that event times are taken from; empty: those of the Kafka records.
    static let timeColumn = "efd.event.field"
    /// The bounds of the time partition, in seconds since 1970.
    static let begin = "efd.folder.begin"
    static let end = "efd.folder.end"
    static let sequences = "efd.seqnum"
    static let program = "efd.program"
    /// Of a merged file: what became of files that it holds the rows of; see `MergedFrom`.
    static let merged = "efd.merged"

    typealias Pairs = [(key: String, value: String)]

    static func make(_ file: Generation.File, _ claim: Claim) -> Pairs {
        let chunk = file.parts.first?.chunk
        let times = file.parts.lazy.flatMap { $0.chunk.times[$0.rows] }
        return [
            (schema, chunk?.plan.schema.text ?? ""), (schemaID, String(chunk?.schemaID ?? 0)), (topic, claim.topic), (partition, String(claim.partition)),
            (first, String(file.name.first)), (last, String(file.name.last)), (from, String(claim.from)), (next, String(claim.next)),
            (fileCount, String(claim.files.count)), (rows, String(file.parts.reduce(0) { $0 + $1.rows.count })), (firstTime, text(times.min() ?? 0)),
            (lastTime, text(times.max() ?? 0)), (timeColumn, chunk?.timeColumn ?? ""), (begin, String(file.seconds.lowerBound)),
            (end, String(file.seconds.upperBound)), (sequences, SequenceRanges(file.parts, topic: claim.topic).text), (program, writer),
        ]
    }

    static let writer = "parquet-sink \(BuildInfo.version)"

    /// Times behind 2262 are beyond nanoseconds of 64 bits.
    private static func text(_ seconds: Double) -> String { Timestamp.text(nanoseconds: Int64(min(seconds, 9.2e9) * 1e9)) }
}
