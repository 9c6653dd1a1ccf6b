import EFDCore

/// The state as far as the topic has been read, shared by the thread that reads and those that answer.
final class RegistryStore: Sendable {
    struct Progress {
        var state: RegistryState
        /// The offset of the next record that counts.
        var nextOffset: Int64 = 0
        /// The end of the topic was reached since the reading began.
        var isCurrent = false
    }

    private let progress: Locked<Progress>
    private let log: Log
    private let defaultState: RegistryState

    init(_ state: RegistryState, log: Log) {
        defaultState = state
        progress = Locked(Progress(state: state))
        self.log = log
    }

    var isCurrent: Bool { progress.withLock { $0.isCurrent } }
    var nextOffset: Int64 { progress.withLock { $0.nextOffset } }
    var counts: (subjects: Int, ids: Int) { progress.withLock { ($0.state.subjects.count, $0.state.texts.count) } }

    /// Nil while the topic is not read to its end.
    func read<Answer: Sendable>(_ body: (RegistryState) -> Answer) -> Answer? {
        progress.withLock { $0.isCurrent ? body($0.state) : nil }
    }

    /// The topic is to be read from its beginning.
    func restart() {
        let fresh = defaultState
        progress.withLock { $0 = Progress(state: fresh) }
    }

    /// A record that was read. What this registry wrote is known already.
    func take(_ offset: Int64, key: [UInt8]?, value: [UInt8]?) {
        let record: RegistryRecord?
        do throws(EFDError) {
            record = try key.map { (key) throws(EFDError) in try RegistryRecord(key: key, value: value) }
        } catch {
            log.warning(
                "a record of the schema topic is unreadable and left out",
                ["offset": .integer(Int(offset)), "error": .text(error.message)])
            record = nil
        }
        progress.withLock { progress in
            guard offset >= progress.nextOffset else { return }
            if let record { progress.state.apply(record) }
            progress.nextOffset = offset + 1
        }
    }

    func reachedEnd(_ offset: Int64) {
        progress.withLock { progress in
            progress.nextOffset = max(progress.nextOffset, offset)
            progress.isCurrent = true
        }
    }

    /// A record of our own that the broker stored at `offset`. True once it counts; false: others' records before it
    /// are still to be read.
    func wrote(_ record: RegistryRecord, at offset: Int64) -> Bool {
        progress.withLock { progress in
            if offset == progress.nextOffset {
                progress.state.apply(record)
                progress.nextOffset += 1
            }
            return offset < progress.nextOffset
        }
    }
}
