import EFDAvro
import EFDCore
import EFDKafka

/// What one writer of a sink that holds rows has taken and not yet made durable, by partition. Only the writer's thread
/// touches it.
struct FlushLedger {
    /// What became durable since the last look.
    struct News {
        var progress: [WriteBatch.Progress] = []
        /// Rows stored, by topic.
        var stored: [(topic: String, rows: Int)] = []
        /// Senders' stamps (`private_efdStamp`, seconds UTC) of the first rows of the batches stored.
        var stamps: [Double] = []
    }

    private struct Taken {
        let nextOffset: Int64
        let rows: Int
        let stamp: Double
    }

    private struct Line {
        var progress: WriteBatch.Progress
        /// The next offset as it was told last; -1: not yet.
        var told: Int64 = -1
        var taken: [Taken] = []
    }

    private var lines: [TopicPartition: Line] = [:]

    /// Partitions whose rows are another's now, or were read under another assignment than `progress` says: their lines
    /// end.
    mutating func removeStale(beside progress: [WriteBatch.Progress] = []) -> [TopicPartition] {
        var stale = lines.filter { $0.value.progress.assignment != $0.value.progress.slot.assignment }.map(\.key)
        for entry in progress {
            if let line = lines[entry.slot.place], line.progress.assignment != entry.assignment {
                stale.append(entry.slot.place)
            }
        }
        for place in stale { lines[place] = nil }
        return Array(Set(stale))
    }

    /// Notes what a writeBatch brought; `rejected` counts rows by batch that are not held.
    mutating func take(_ writeBatch: WriteBatch, rejected: [Int]) {
        for progress in writeBatch.progress {
            lines[progress.slot.place, default: Line(progress: progress)].progress = progress
        }
        for (index, batch) in writeBatch.batches.enumerated() {
            guard let last = batch.offsets.last else { continue }
            let stamp = batch.columns.float64("private_efdStamp")?.first ?? .nan
            let taken = Taken(nextOffset: last + 1, rows: batch.rowCount - rejected[index], stamp: stamp)
            lines[TopicPartition(batch.topic, batch.partition)]?.taken.append(taken)
        }
    }

    /// Where partitions stand now, as far as it is news.
    mutating func news(of writer: any SinkWriter) -> News {
        var news = News()
        for (place, line) in lines {
            let next = writer.oldestBufferedOffset(of: place.topic, place.partition) ?? line.progress.nextOffset
            guard next > line.told else { continue }
            let stored = line.taken.prefix { $0.nextOffset <= next }
            lines[place]?.told = next
            lines[place]?.taken.removeFirst(stored.count)
            var progress = line.progress
            progress.nextOffset = next
            news.progress.append(progress)
            news.stored.append((place.topic, stored.reduce(0) { $0 + $1.rows }))
            news.stamps += stored.map(\.stamp).filter(\.isFinite)
        }
        return news
    }
}
