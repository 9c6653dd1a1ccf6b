/// The offset after the newest record of each partition, as far as known, by the numbers of `SourceTable`.
///
/// librdkafka finds a partition by comparing the names of all its topics, a tenth of a second for 3,188: so it requests
/// only partitions with new or waiting records, and some of the others in turn.
struct EndTable {
    private struct Entry {
        var end: Int64?
        var isChanged = false
    }

    private var entries: [Entry] = []
    private var turn = 0
    /// Partitions without new records that are checked each time.
    private static let share = 32

    mutating func changed(_ source: Int) {
        while entries.count <= source { entries.append(Entry()) }
        entries[source].isChanged = true
    }

    mutating func forget(_ source: Int) { if source < entries.count { entries[source] = Entry() } }

    func end(of source: Int) -> Int64? { source < entries.count ? entries[source].end : nil }

    /// Updates offsets that may have changed. `position` is the offset of the next record to read; nil: nothing was
    /// read.
    mutating func refresh(_ ask: (_ source: Int) -> Int64?, position: (_ source: Int) -> Int64?) {
        for source in entries.indices {
            let isInTurn = (source - turn + entries.count) % entries.count < Self.share
            guard let next = position(source), isInTurn || entries[source].isChanged || next < entries[source].end ?? 0
            else { continue }
            entries[source] = Entry(end: ask(source) ?? entries[source].end)
        }
        turn = entries.isEmpty ? 0 : (turn + Self.share) % entries.count
    }
}
