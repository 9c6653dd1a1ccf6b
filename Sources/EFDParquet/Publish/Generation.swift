import EFDCore
import EFDSink

/// The files that rows held of one partition become, published together: one for each time partition and schema.
struct FileSet {
    struct Part {
        let chunk: BufferedChunk
        let rows: Range<Int>
    }

    struct File {
        /// Below the topic's folder.
        let path: String
        let name: FileName
        /// The time partition, from the first second to the one behind it, since 1970.
        let seconds: Range<Int64>
        let parts: [Part]
    }

    let claim: Claim
    let files: [File]

    /// Of all rows with offsets below `limit`; nil: there are none.
    init?(_ held: BufferedPartition, below limit: Int64 = .max, layout: PathLayout, codec: ParquetCodec) {
        struct Key: Hashable {
            let slot: Int64
            let schemaID: Int32
        }
        var order: [Key] = []
        var parts: [Key: [Part]] = [:]
        var next: Int64?
        var timestamp: Int64?
        for chunk in held.chunks {
            let live = chunk.start..<chunk.count(below: limit)
            guard let last = live.last else { continue }
            next = chunk.offsets[last] + 1
            timestamp = chunk.timestamps[last] == TopicBatch.noTimestamp ? nil : chunk.timestamps[last]
            for run in chunk.runs {
                let rows = run.rows.clamped(to: live)
                if rows.isEmpty { continue }
                let key = Key(slot: run.slot, schemaID: chunk.schemaID)
                if parts[key] == nil { order.append(key) }
                parts[key, default: []].append(Part(chunk: chunk, rows: rows))
            }
        }
        guard let next else { return nil }
        files = order.compactMap { key -> File? in
            guard let parts = parts[key], let first = parts.first, let last = parts.last else { return nil }
            let name = FileName(
                topic: held.topic, partition: held.partition, first: first.chunk.offsets[first.rows.lowerBound],
                last: last.chunk.offsets[last.rows.upperBound - 1], codec: codec)
            return File(
                path: layout.folder(key.slot) + "/" + name.text, name: name, seconds: layout.seconds(key.slot),
                parts: parts)
        }
        let from = held.from ?? files.map(\.name.first).min() ?? next
        claim = Claim(
            topic: held.topic, partition: held.partition, from: from, next: next, files: files.map(\.path),
            timestamp: timestamp)
    }
}
