/// Counts the samples of each writer that never arrived, from `private_seqNum`.
///
/// A writer numbers its samples consecutively. A take groups samples by instance and not by time, so the count uses
/// only what does not depend on order: the lowest and highest number, and how many arrived.
struct SequenceLedger {
    private struct Writer {
        let publication: UInt64
        var lowest: Int32
        var highest: Int32
        var count: Int

        /// Numbers between the lowest and the highest that did not arrive.
        var missing: Int { max(0, Int(highest) - Int(lowest) + 1 - count) }
    }

    private var writers: [Writer] = []
    /// Losses of earlier runs of writers that restarted.
    private var earlierLosses = 0
    /// The state of the last sample's writer: usually the next sample has the same writer.
    private var last = 0

    /// A number so far below the highest means that the writer restarted, not that a sample is late.
    static let restartDistance = 10_000
    /// Maximum writers per topic; the least recently seen is discarded first.
    static let writerLimit = 1000

    mutating func note(_ publication: UInt64, _ number: Int32) {
        if last < writers.count && writers[last].publication == publication { return update(last, number) }
        if let found = writers.firstIndex(where: { $0.publication == publication }) {
            last = found
            return update(found, number)
        }
        if writers.count == Self.writerLimit { earlierLosses += writers.removeFirst().missing }
        last = writers.count
        writers.append(Writer(publication: publication, lowest: number, highest: number, count: 1))
    }

    private mutating func update(_ index: Int, _ number: Int32) {
        if Int(number) < Int(writers[index].highest) - Self.restartDistance {
            earlierLosses += writers[index].missing
            writers[index] = Writer(publication: writers[index].publication, lowest: number, highest: number, count: 1)
            return
        }
        writers[index].lowest = min(writers[index].lowest, number)
        writers[index].highest = max(writers[index].highest, number)
        writers[index].count += 1
    }

    /// Samples sent after the first that arrived, and not received.
    var missing: Int { writers.reduce(earlierLosses) { $0 + $1.missing } }
}
