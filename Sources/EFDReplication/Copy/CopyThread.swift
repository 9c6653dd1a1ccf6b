import EFDCore
import Synchronization

/// What others know of a copy thread: where they send lanes, and how busy it is.
final class CopyThread: Sendable {
    enum Command: Sendable {
        case take(Lane)
        /// Commit this lane and hand it to the board.
        case give(Int)
        /// Give everything up and end.
        case end
    }

    let index: Int
    private let mail = Locked<[Command]>([])
    private let hasMail = Atomic<Bool>(false)
    private let busy = Atomic<Int>(0)
    private let lag = Atomic<Int>(0)
    private let copied = Atomic<Int>(0)

    init(_ index: Int) { self.index = index }

    func send(_ letter: Command) {
        mail.withLock { $0.append(letter) }
        hasMail.store(true, ordering: .releasing)
    }

    func takeMail() -> [Command] {
        guard hasMail.exchange(false, ordering: .acquiring) else { return [] }
        return mail.withLock { mail in
            defer { mail = [] }
            return mail
        }
    }

    /// Nanoseconds at work since it began.
    var busyNanoseconds: Int { busy.load(ordering: .relaxed) }
    /// Records of the source not yet read.
    var lagRecords: Int { lag.load(ordering: .relaxed) }
    /// Records copied since it began.
    var records: Int { copied.load(ordering: .relaxed) }

    func add(busyNanoseconds: Int, records: Int) {
        busy.wrappingAdd(busyNanoseconds, ordering: .relaxed)
        copied.wrappingAdd(records, ordering: .relaxed)
    }

    func set(lagRecords: Int) { lag.store(lagRecords, ordering: .relaxed) }
}
