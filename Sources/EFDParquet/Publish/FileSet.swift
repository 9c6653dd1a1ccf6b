import EFDCore
import EFDSink

/// The files of buffered rows of one partition, published together: one for each time partition and schema.
struct FileSet {
    struct Part {
        let chunk: ParquetChunk
        let rows: Range<Int>
    }

    struct File {
        /// Relative to the topic's folder.
        let path: String
        let name: FileName
        /// The range of the time partition in seconds since 1970.
        let seconds: Range<Int64>
        let parts: [Part]
    }

    private struct Key: Hashable {
        let timePartition: Int64
        let schemaID: Int32
    }

    let claim: Claim
    let files: [File]

    /// The file set of all rows with offsets below `limit`; nil if there are none.
    init?(_ partition: ParquetPartition, below limit: Int64 = .max, layout: PathLayout, codec: ParquetCodec) {
        var order: [Key] = []
        var parts: [Key: [Part]] = [:]
        var next: Int64?
        var timestamp: Int64?
        for chunk in partition.chunks {
            let live = chunk.rows.liveRows.lowerBound..<chunk.rows.count(below: limit)
            guard let last = live.last else { continue }
            next = chunk.rows.offsets[last] + 1
            timestamp = chunk.rows.timestamps[last] == TopicBatch.noTimestamp ? nil : chunk.rows.timestamps[last]
            for run in chunk.runs {
                let rows = run.rows.clamped(to: live)
                if rows.isEmpty { continue }
                let key = Key(timePartition: run.timePartition, schemaID: chunk.rows.schemaID)
                if parts[key] == nil { order.append(key) }
                parts[key, default: []].append(Part(chunk: chunk, rows: rows))
            }
        }
        guard let next else { return nil }
        files = order.compactMap { key in
            parts[key].flatMap { Self.file(of: $0, partition, layout, key.timePartition, codec) }
        }
        let from = partition.from ?? files.map(\.name.first).min() ?? next
        claim = Claim(
            topic: partition.topic, partition: partition.partition, from: from, next: next, files: files.map(\.path),
            timestamp: timestamp)
    }

    private static func file(
        of parts: [Part], _ partition: ParquetPartition, _ layout: PathLayout, _ timePartition: Int64,
        _ codec: ParquetCodec
    ) -> File? {
        guard let first = parts.first, let last = parts.last else { return nil }
        let name = FileName(
            topic: partition.topic, partition: partition.partition,
            first: first.chunk.rows.offsets[first.rows.lowerBound],
            last: last.chunk.rows.offsets[last.rows.upperBound - 1], codec: codec)
        return File(
            path: layout.folder(timePartition) + "/" + name.text, name: name, seconds: layout.seconds(timePartition),
            parts: parts)
    }
}
