import EFDCore
import Synchronization

/// The shared state of a copy thread: its commands, and its load.
final class CopyThread: Sendable {
    enum Command: Sendable {
        case assign(Lane)
        /// Commit this lane and hand it back to `LaneAssignments`.
        case revoke(Int)
        /// Hand back all lanes and end.
        case end
    }

    let index: Int
    private let commands = Locked<[Command]>([])
    private let hasCommands = Atomic<Bool>(false)
    private let busy = Atomic<Int>(0)
    private let lag = Atomic<Int>(0)
    private let copied = Atomic<Int>(0)

    init(_ index: Int) { self.index = index }

    func send(_ command: Command) {
        commands.withLock { $0.append(command) }
        hasCommands.store(true, ordering: .releasing)
    }

    func takeCommands() -> [Command] {
        guard hasCommands.exchange(false, ordering: .acquiring) else { return [] }
        return commands.withLock { commands in
            defer { commands = [] }
            return commands
        }
    }

    /// Busy nanoseconds since it started.
    var busyNanoseconds: Int { busy.load(ordering: .relaxed) }
    /// Records of the source that are not read yet.
    var lagRecords: Int { lag.load(ordering: .relaxed) }
    /// Records copied since it started.
    var records: Int { copied.load(ordering: .relaxed) }

    func add(busyNanoseconds: Int, records: Int) {
        busy.wrappingAdd(busyNanoseconds, ordering: .relaxed)
        copied.wrappingAdd(records, ordering: .relaxed)
    }

    func set(lagRecords: Int) { lag.store(lagRecords, ordering: .relaxed) }
}
