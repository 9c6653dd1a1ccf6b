import EFDCore

/// The state up to the last record read, shared by the reading thread and the request threads.
final class RegistryStore: Sendable {
    struct Progress {
        var state: RegistryState
        /// The offset of the next record.
        var nextOffset: Int64 = 0
        /// The end of the topic was reached since reading started.
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

    /// Nil until the topic is read to its end.
    func read<Answer: Sendable>(_ body: (RegistryState) -> Answer) -> Answer? {
        progress.withLock { $0.isCurrent ? body($0.state) : nil }
    }

    /// Restarts from the beginning of the topic.
    func restart() {
        let fresh = defaultState
        progress.withLock { $0 = Progress(state: fresh) }
    }

    /// Applies a record. Records of this registry are applied already.
    func take(_ offset: Int64, key: [UInt8]?, value: [UInt8]?) {
        let record: RegistryRecord?
        do throws(EFDError) {
            record = try key.map { (key) throws(EFDError) in try RegistryRecord(key: key, value: value) }
        } catch {
            log.warning(
                "skipping an unreadable record of the schema topic",
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

    /// Applies our own record, stored at `offset`. False if records of others before it are still to be read.
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
