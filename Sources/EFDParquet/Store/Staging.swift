import EFDCore
import Glibc

/// A folder that one living process writes in, told by the lock on a file in it. It is removed when its owner lets go
/// of it or, after a kill, by the next process that makes one in the same area.
final class Staging: Sendable {
    let path: String
    private let lock: Int32
    /// How names of folders within end. One that a process has just exchanged for a live one may still be listed by
    /// somebody.
    static let folderEnding = ".folder"
    private let count = Locked(0)

    /// Makes a folder in `area`, which is made too, and removes those of dead processes there.
    init(in area: String) throws(EFDError) {
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

    /// The path of a file that is not there yet.
    func newPath() -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return "\(path)/\(number).parquet"
    }

    /// Removes a folder whose process is gone, with the unfinished files in it.
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

/// A file on this machine, which goes when it was only a copy.
final class FetchedFile: Sendable {
    let path: String
    private let isCopy: Bool

    init(_ path: String, isCopy: Bool) { (self.path, self.isCopy) = (path, isCopy) }

    deinit { if isCopy { unlink(path) } }
}

/// Folders of this machine.
enum Folders {
    /// Makes a folder with all above it.
    static func make(_ path: String) throws(EFDError) {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let above = parent(of: path) else {
            throw LocalStore.fault("cannot make the folder \(path)")
        }
        try make(above)
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw LocalStore.fault("cannot make the folder \(path)") }
    }

    /// nil: the path has none that could be made.
    static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return nil }
        return String(path[..<slash])
    }

    /// Removes a folder with all in it, as far as that goes. Links are removed, not followed.
    static func removeTree(_ path: String) {
        for name in (try? Files.names(in: path)) ?? [] {
            if unlink("\(path)/\(name)") != 0, errno == EISDIR || errno == EPERM { removeTree("\(path)/\(name)") }
        }
        rmdir(path)
    }
}
