import EFDCore
import Glibc

/// A private folder of one living process, marked by the lock on a file in it. Removed when its owner frees it or,
/// after a kill, by the next process that creates one in the same area.
final class Staging: Sendable {
    let path: String
    private let lock: Int32
    /// Suffix of nested folders. A reader may still be listing one that a process has just exchanged for a live one.
    static let folderEnding = ".folder"
    private let count = Locked(0)

    /// Creates a folder in `area`, and the area, and removes those of dead processes there.
    init(in area: String) throws(EFDError) {
        if let file = Files.inTheWay(of: area) {
            throw EFDError(
                .parquetOutputRefused, "the folder \(area) for unfinished files cannot be created: \(file) is a file",
                remedy: "Give --staging-dir a folder, or set TMPDIR.")
        }
        try Folders.make(area)
        for name in try Files.names(in: area) { Self.removeAbandoned("\(area)/\(name)") }
        path = "\(area)/\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try Folders.make(path)
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw LocalStore.fault("cannot lock \(path)") }
    }

    deinit {
        Folders.removeTree(path)
        close(lock)
    }

    /// A path for a new file.
    func newPath() -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return "\(path)/\(number).parquet"
    }

    /// Removes the folder of a dead process with its unfinished files.
    private static func removeAbandoned(_ path: String) {
        let lock = open("\(path)/lock", O_RDWR | O_CLOEXEC)
        guard lock >= 0 else { return }
        if flock(lock, LOCK_EX | LOCK_NB) == 0, !isListed(path) { Folders.removeTree(path) }
        close(lock)
    }

    private static func isListed(_ path: String) -> Bool {
        var status = stat()
        guard (try? Files.names(in: path))?.contains(where: { $0.hasSuffix(folderEnding) }) == true,
            stat(path, &status) == 0
        else { return false }
        return WallClock.seconds() - Double(status.st_mtim.tv_sec) < FolderExchange.listingPatience + 1
    }
}

/// A local file, which is removed when freed if it is a copy.
final class FetchedFile: Sendable {
    let path: String
    private let isCopy: Bool

    init(_ path: String, isCopy: Bool) { (self.path, self.isCopy) = (path, isCopy) }

    deinit { if isCopy { unlink(path) } }
}

/// Folders of this machine.
enum Folders {
    /// Creates a folder with all parents.
    static func make(_ path: String) throws(EFDError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let above = parent(of: path) else {
            throw LocalStore.fault("cannot create the folder \(path)")
        }
        try make(above)
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw LocalStore.fault("cannot create the folder \(path)") }
    }

    /// nil: the path has no parent to create.
    static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }

    /// Removes a folder with its content, as far as possible. Links are removed, not followed.
    static func removeTree(_ path: String) {
        for name in (try? Files.names(in: path)) ?? [] {
            if unlink("\(path)/\(name)") != 0, errno == EISDIR || errno == EPERM { removeTree("\(path)/\(name)") }
        }
        rmdir(path)
    }
}
