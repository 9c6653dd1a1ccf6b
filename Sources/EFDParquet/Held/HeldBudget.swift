import Synchronization

/// The memory that the rows of all writers together may take.
///
/// A writer must publish when all of them hold too much and it holds more than its share: some writer always does then.
final class HeldBudget: Sendable {
    private let limit: Int
    private let share: Int
    private let held = Atomic<Int>(0)

    init(bytes: Int, writers: Int) {
        limit = bytes
        share = bytes / writers
    }

    /// Bytes that all writers hold.
    var bytes: Int { held.load(ordering: .relaxed) }

    func change(by bytes: Int) { held.add(bytes, ordering: .relaxed) }

    /// - Parameter own: bytes that the writer holds who asks.
    func isExceeded(own: Int) -> Bool { own > share && bytes > limit }
}
