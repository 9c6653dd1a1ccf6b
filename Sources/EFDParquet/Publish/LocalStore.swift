import EFDCore
import Glibc

/// The output folder on a local volume: what is published appears whole, under its name, or not at all.
struct LocalStore: FileStore {
    let root: String

    private static let stagingFolder = "_staging"

    /// Makes a folder with all above it.
    func makeFolder(_ path: String) throws(EFDError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw Self.fault("cannot make the folder \(path)") }
        try makeFolder(String(path[..<slash]))
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw Self.fault("cannot make the folder \(path)") }
    }

    func exists(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

    func names(in folder: String) throws(EFDError) -> [String] { exists(folder) ? try Files.names(in: "\(root)/\(folder)") : [] }

    func read(_ path: String) throws(EFDError) -> [UInt8] { try Files.read("\(root)/\(path)") }

    func remove(_ path: String) throws(EFDError) {
        if unlink("\(root)/\(path)") != 0 && errno != ENOENT { throw Self.fault("cannot remove \(root)/\(path)") }
    }

    func publish(_ staged: String, as path: String) throws(EFDError) {
        let target = "\(root)/\(path)"
        let folder = String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)])
        try makeFolder(folder)
        guard rename(staged, target) == 0 else { throw Self.fault("cannot move \(staged) to \(target)") }
        try syncFolder(folder)
    }

    func create(_ path: String, _ text: String) throws(EFDError) -> Bool {
        let target = "\(root)/\(path)"
        let folder = String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)])
        try makeFolder(folder)
        // Whole before it has its name: a crash between leaves no half of a claim.
        let temporary = "\(target).\(getpid()).\(pthread_self()).new"
        try Files.write(Array(text.utf8), to: temporary)
        defer { unlink(temporary) }
        if link(temporary, target) != 0 {
            if errno == EEXIST { return false }
            throw Self.fault("cannot create \(target)")
        }
        try syncFolder(folder)
        return true
    }

    func replace(_ path: String, _ text: String) throws(EFDError) {
        try Files.write(Array(text.utf8), to: "\(root)/\(path)")
    }

    /// A folder of this process's own for files that are being written. It is removed when the process ends, or by the next one.
    func makeStaging() throws(EFDError) -> Staging {
        let area = "\(root)/\(Self.stagingFolder)"
        try makeFolder(area)
        for name in try Files.names(in: area) { Staging.removeAbandoned("\(area)/\(name)") }
        return try Staging("\(area)/\(getpid())-\(UInt32.random(in: 0 ... .max))", store: self)
    }

    private func syncFolder(_ path: String) throws(EFDError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.fault("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Self.fault("cannot sync \(path)") }
    }

    static func fault(_ attempt: String) -> EFDError {
        EFDError(
            "parquet.storeFailed", "\(attempt): \(String(cString: strerror(errno)))", remedy: "Check that the output folder is there, writable and not full.",
            recovery: .retry)
    }
}

/// A folder that one living process writes in, told by the lock on a file in it.
final class Staging: Sendable {
    let path: String
    private let lock: Int32

    fileprivate init(_ path: String, store: LocalStore) throws(EFDError) {
        self.path = path
        try store.makeFolder(path)
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw LocalStore.fault("cannot lock \(path)") }
    }

    deinit {
        Self.remove(path)
        close(lock)
    }

    /// Removes a folder whose process is gone, with the unfinished files in it.
    fileprivate static func removeAbandoned(_ path: String) {
        let lock = open("\(path)/lock", O_RDWR | O_CLOEXEC)
        guard lock >= 0 else { return }
        if flock(lock, LOCK_EX | LOCK_NB) == 0 { remove(path) }
        close(lock)
    }

    private static func remove(_ path: String) {
        for name in (try? Files.names(in: path)) ?? [] { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
