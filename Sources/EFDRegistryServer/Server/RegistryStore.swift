import EFDCore

/// The state up to the last record read, shared by the reading thread and the request threads.
final class RegistryStore: Sendable {
    struct Progress {
        var state: RegistryState
        /// The offset of the next record.
        var nextOffset: Int64 = 0
        /// The end of the topic was reached since reading started.
        var isCurrent = false
        /// Records that this registry sends, until they are read or acknowledged.
        var own: [String: Int] = [:]
    }

    /// Seconds between two reports of another writer.
    private static let reportInterval = 600.0
    private let reported = Locked<Double?>(nil)
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
        let id = Self.id(
            key.map { String(decoding: $0, as: UTF8.self) }, value.map { String(decoding: $0, as: UTF8.self) })
        let isForeign = progress.withLock { progress in
            guard offset >= progress.nextOffset else { return false }
            if let record { progress.state.apply(record) }
            progress.nextOffset = offset + 1
            return !progress.takeOwn(id) && progress.isCurrent
        }
        if isForeign { reportWriter(offset) }
    }

    /// Call it before this registry sends records: all others are of another writer.
    func expect(_ records: [RegistryRecord]) {
        progress.withLock { progress in
            for record in records { progress.own[Self.id(record.key, record.value), default: 0] += 1 }
        }
    }

    /// Of a record in the topic.
    private static func id(_ key: String?, _ value: String?) -> String { "\(key ?? "")\u{0}\(value ?? "")" }

    private func reportWriter(_ offset: Int64) {
        let now = MonotonicClock.seconds()
        let isDue = reported.withLock { last in
            guard now - (last ?? -.infinity) > Self.reportInterval else { return false }
            last = now
            return true
        }
        guard isDue else { return }
        log.error(
            "another registry writes to the schema topic: two writers can give one id to two schemas; stop one of them",
            ["offset": .integer(Int(offset))])
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
                _ = progress.takeOwn(Self.id(record.key, record.value))
            }
            return offset < progress.nextOffset
        }
    }
}

extension RegistryStore.Progress {
    /// False if this registry did not send the record.
    fileprivate mutating func takeOwn(_ id: String) -> Bool {
        guard let count = own[id] else { return false }
        own[id] = count > 1 ? count - 1 : nil
        return true
    }
}
