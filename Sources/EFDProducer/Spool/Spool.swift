import EFDCore
import Glibc
import Synchronization

/// Records that wait on disk for Kafka, in order, in segment files of one folder.
///
/// A record is in a file when `append` returns, so it survives the process; only the page cache has it until the kernel
/// writes it. A segment is deleted once all of its records are acknowledged: after a crash its records may be sent
/// twice.
final class Spool: Sendable {
    /// Records are sent from whole segments, so one is read into memory at a time.
    static let segmentBytes = 8 << 20

    private struct State {
        /// Complete segments by number, oldest first, with their sizes.
        var complete: [(number: Int, bytes: Int)] = []
        /// The active segment; -1: none.
        var descriptor: Int32 = -1
        var number = 0
        var bytes = 0
        var isFull = false

        var total: Int { complete.reduce(bytes) { $0 + $1.bytes } }
    }

    private let folder: String
    private let limit: Int
    private let lock: Int32
    private let state = Locked(State())
    private let inUse = Atomic<Bool>(false)
    private let log: Log

    /// Locks the folder for this process. Segments of an earlier process are sent first.
    init(folder: String, limit: Int, log: Log) throws(EFDError) {
        self.folder = folder
        self.limit = limit
        self.log = log
        lock = try Self.lock(folder)
        let left = try Files.names(in: folder).compactMap { name in
            name.hasSuffix(".spool") ? Int(name.dropLast(6)) : nil
        }.sorted()
        var found: [(number: Int, bytes: Int)] = []
        for number in left {
            var status = stat()
            if stat(path(number), &status) == 0 { found.append((number, Int(status.st_size))) }
        }
        if found.isEmpty { return }
        let next = (left.last ?? -1) + 1
        let segments = found
        state.withLock { state in
            state.complete = segments
            state.number = next
        }
        inUse.store(true, ordering: .releasing)
        log.info("records of an earlier run wait in the spool and are sent first", ["bytes": .integer(byteCount)])
    }

    private static func lock(_ folder: String) throws(EFDError) -> Int32 {
        if let file = Files.inTheWay(of: folder) { throw unusable(folder, "\(file) is a file") }
        let made = mkdir(folder, 0o750) == 0 || errno == EEXIST ? 0 : errno
        let lock = made == 0 ? open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o640) : -1
        guard lock >= 0 else {
            let reason = made == ENOENT ? "the folder above it does not exist" : String(cString: strerror(errno))
            throw unusable(folder, reason)
        }
        if flock(lock, LOCK_EX | LOCK_NB) == 0 { return lock }
        defer { close(lock) }
        if errno == EWOULDBLOCK { throw unusable(folder, "another producer uses it") }
        throw unusable(folder, String(cString: strerror(errno)))
    }

    private static func unusable(_ folder: String, _ reason: String) -> EFDError {
        EFDError(
            .producerSpoolUnusable, "cannot use the spool folder \(folder): \(reason)",
            remedy: "Give every producer its own writable --spool-dir.")
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
        close(lock)
    }

    /// True while any record waits: new ones must queue after it.
    var isInUse: Bool { inUse.load(ordering: .acquiring) }
    var byteCount: Int { state.withLock { $0.total } }

    /// False if the folder has reached its limit, or is not writable.
    func append(topic: String, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?, timestamp: Int64) -> Bool {
        let frame = SpoolFrame.encode(topic: topic, key: key, value: value, timestamp: timestamp)
        return state.withLock { state in
            guard state.total + frame.count <= limit else {
                if !state.isFull {
                    log.error(
                        "the spool is full: reading from DDS pauses, and DDS drops samples beyond its history depth",
                        ["bytes": .integer(state.total)])
                }
                state.isFull = true
                return false
            }
            state.isFull = false
            if state.bytes + frame.count > Self.segmentBytes { complete(&state) }
            if state.descriptor < 0 {
                state.descriptor = open(path(state.number), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
            }
            let written =
                state.descriptor < 0 ? -1 : frame.withUnsafeBytes { write(state.descriptor, $0.baseAddress, $0.count) }
            guard written == frame.count else {
                // The reader detects a torn frame by its checksum and skips it.
                log.error(
                    "the spool is not writable",
                    ["folder": .text(folder), "error": .text(String(cString: strerror(errno)))])
                if written > 0 { ftruncate(state.descriptor, Int(state.bytes)) }
                return false
            }
            state.bytes += frame.count
            inUse.store(true, ordering: .releasing)
            return true
        }
    }

    /// The oldest segment's number and bytes; nil if the spool is empty.
    func oldest() -> (number: Int, bytes: [UInt8])? {
        let number: Int? = state.withLock { state in
            if state.complete.isEmpty { complete(&state) }
            return state.complete.first?.number
        }
        guard let number else { return nil }
        do throws(EFDError) {
            return (number, try Files.read(path(number), limit: 1 << 30))
        } catch {
            log.error("a spool segment cannot be read; it is kept", error)
            return nil
        }
    }

    /// Deletes a segment once all of its records are acknowledged.
    func remove(_ number: Int) {
        state.withLock { state in
            unlink(path(number))
            state.complete.removeAll { $0.number == number }
            if state.complete.isEmpty && state.bytes == 0 { inUse.store(false, ordering: .releasing) }
        }
    }

    private func complete(_ state: inout State) {
        guard state.descriptor >= 0 else { return }
        close(state.descriptor)
        state.complete.append((state.number, state.bytes))
        state.descriptor = -1
        state.number += 1
        state.bytes = 0
    }

    private func path(_ number: Int) -> String { "\(folder)/\(number).spool" }
}
