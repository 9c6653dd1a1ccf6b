import EFDCore
import EFDTestKit

@testable import EFDParquet

/// A store whose process is killed at one of its operations, before or after it. A dead process does nothing further.
final class MortalStore: FileStore {
    enum Death: Sendable { case before, behind }

    private let store: any FileStore
    private let death: Death
    private let state: Locked<(left: Int, done: Int)>

    /// - Parameter operations: that succeed before the one at which the process dies.
    init(_ store: any FileStore, dyingAfter operations: Int, _ death: Death) {
        self.store = store
        self.death = death
        state = Locked((operations, 0))
    }

    /// Operations that were done.
    var count: Int { state.withLock { $0.done } }
    var isDead: Bool { state.withLock { $0.left < 0 } }
    var root: String { store.root }

    private func live<Result>(_ body: () throws(EFDError) -> Result) throws(EFDError) -> Result {
        let left = state.withLock { state in
            state.left -= 1
            state.done += 1
            return state.left
        }
        let killed = EFDError("test.killed", "the process was killed", recovery: .retry)
        if left < -1 || (left == -1 && death == .before) { throw killed }
        let result = try body()
        if left == -1 { throw killed }
        return result
    }

    func check() throws(EFDError) { try live { () throws(EFDError) in try store.check() } }
    /// Local, not in the store: it disappears with the process.
    func makeStaging() throws(EFDError) -> Staging { try store.makeStaging() }
    /// The lock of a dead process is free.
    func holdFolders(of topic: String) throws(EFDError) -> FolderLock? { try store.holdFolders(of: topic) }
    func exists(_ path: String) throws(EFDError) -> Bool { try live { () throws(EFDError) in try store.exists(path) } }
    func names(in folder: String) throws(EFDError) -> [String] {
        try live { () throws(EFDError) in try store.names(in: folder) }
    }
    func contents(of folder: String) throws(EFDError) -> (folders: [String], files: [String]) {
        try live { () throws(EFDError) in try store.contents(of: folder) }
    }
    func read(_ path: String) throws(EFDError) -> [UInt8] { try live { () throws(EFDError) in try store.read(path) } }
    func files(below folder: String) throws(EFDError) -> [StoredFile] {
        try live { () throws(EFDError) in try store.files(below: folder) }
    }
    func read(_ path: String, _ range: Range<Int>) throws(EFDError) -> [UInt8] {
        try live { () throws(EFDError) in try store.read(path, range) }
    }
    func fetch(_ path: String, into staging: Staging) throws(EFDError) -> FetchedFile {
        try live { () throws(EFDError) in try store.fetch(path, into: staging) }
    }
    func remove(_ path: String) throws(EFDError) { try live { () throws(EFDError) in try store.remove(path) } }
    func publish(_ staged: String, as path: String) throws(EFDError) {
        try live { () throws(EFDError) in try store.publish(staged, as: path) }
    }
    func create(_ path: String, _ text: String) throws(EFDError) -> Bool {
        try live { () throws(EFDError) in try store.create(path, text) }
    }
    func replace(_ path: String, _ text: String) throws(EFDError) {
        try live { () throws(EFDError) in try store.replace(path, text) }
    }
}
