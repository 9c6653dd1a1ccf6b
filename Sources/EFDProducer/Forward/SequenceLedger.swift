/// Tells from `private_seqNum` how many samples of each writer never arrived.
///
/// A writer numbers its samples one after the other. A take groups samples by instance and not by time, so the count is
/// made of what it does not depend on: lowest and highest number seen, and how many.
struct SequenceLedger {
    private struct Writer {
        let publication: UInt64
        var lowest: Int32
        var highest: Int32
        var count: Int

        /// Numbers between the lowest and the highest that did not come.
        var missing: Int { max(0, Int(highest) - Int(lowest) + 1 - count) }
    }

    private var writers: [Writer] = []
    /// What writers that started anew had lost before.
    private var settled = 0
    /// Where the last sample's writer stands: mostly the next sample has the same.
    private var last = 0

    /// A number so far below the highest means that the writer began anew, not that a sample was fenced.
    static let restartDistance = 10_000
    /// Writers remembered per topic; the longest unheard-of goes first.
    static let writerLimit = 1000

    mutating func note(_ publication: UInt64, _ number: Int32) {
        if last < writers.count && writers[last].publication == publication { return update(last, number) }
        if let found = writers.firstIndex(where: { $0.publication == publication }) {
            last = found
            return update(found, number)
        }
        if writers.count == Self.writerLimit { settled += writers.removeFirst().missing }
        last = writers.count
        writers.append(Writer(publication: publication, lowest: number, highest: number, count: 1))
    }

    private mutating func update(_ index: Int, _ number: Int32) {
        if Int(number) < Int(writers[index].highest) - Self.restartDistance {
            settled += writers[index].missing
            writers[index] = Writer(publication: writers[index].publication, lowest: number, highest: number, count: 1)
            return
        }
        writers[index].lowest = min(writers[index].lowest, number)
        writers[index].highest = max(writers[index].highest, number)
        writers[index].count += 1
    }

    /// Samples that were sent after the first that arrived and that did not arrive.
    var missing: Int { writers.reduce(settled) { $0 + $1.missing } }
}
