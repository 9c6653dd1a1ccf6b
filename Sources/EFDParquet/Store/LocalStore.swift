import EFDCore
import Glibc

/// The output folder on a local volume: published files appear atomically under their names.
struct LocalStore: FileStore {
    let root: String

    /// Within the root: a file can only be moved within one volume.
    private static let stagingFolder = "_staging"

    func check() throws(EFDError) {
        try checkNoFile()
        try Folders.make(root)
        guard access(root, R_OK | W_OK | X_OK) == 0 else { throw Self.fault("cannot write to \(root)") }
    }

    /// For readers: a missing folder is probably mistyped, not an output without faults.
    func checkThere() throws(EFDError) {
        try checkNoFile()
        if !exists("") {
            throw EFDError(
                .parquetOutputMissing, "the folder \(root) does not exist", remedy: "Check --output and --path-prefix.")
        }
    }

    private func checkNoFile() throws(EFDError) {
        guard let file = Files.inTheWay(of: root) else { return }
        throw EFDError(
            .parquetOutputRefused, "the output \(root) cannot be a folder: \(file) is a file",
            remedy: "Give --output a folder; a missing one is created.")
    }

    func makeStaging() throws(EFDError) -> Staging { try Staging(in: "\(root)/\(Self.stagingFolder)") }

    /// Publishers share the lock; the exchange of a folder takes it exclusively for a moment.
    private static let lockPatience = 60.0

    func holdFolders(of topic: String) throws(EFDError) -> FolderLock? {
        guard let lock = try FolderLock(topic, in: self, .shared, patience: Self.lockPatience) else {
            throw EFDError(
                .parquetTopicBusy, "the folders of \(topic) are locked by a process that merges files", recovery: .retry
            )
        }
        return lock
    }

    func exists(_ path: String) -> Bool { access("\(root)/\(path)", F_OK) == 0 }

    func names(in folder: String) throws(EFDError) -> [String] {
        exists(folder) ? try Files.names(in: "\(root)/\(folder)") : []
    }

    func contents(of folder: String) throws(EFDError) -> (folders: [String], files: [String]) {
        var found: (folders: [String], files: [String]) = ([], [])
        for name in try names(in: folder) {
            var status = stat()
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            let isFolder = stat("\(root)/\(path)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            if isFolder { found.folders.append(name) } else { found.files.append(name) }
        }
        return found
    }

    func files(below folder: String) throws(EFDError) -> [StoredFile] {
        var found: [StoredFile] = []
        for (path, status) in try entries(of: folder) {
            if status.st_mode & S_IFMT == S_IFDIR {
                found += try files(below: path)
            } else {
                found.append(StoredFile(path: path, size: Int(status.st_size)))
            }
        }
        return found
    }

    /// Maximum listings of one folder that are outdated while their files are read, before the folder counts as busy.
    private static let listings = 20

    /// A name that disappears after the listing was merged into a file that the listing lacks: lists the folder again.
    private func entries(of folder: String) throws(EFDError) -> [(path: String, status: stat)] {
        for _ in 0..<Self.listings { if let whole = try listing(of: folder) { return whole } }
        throw FileWalk.busy(folder)
    }

    /// Paths from the root; nil: a file disappeared meanwhile.
    private func listing(of folder: String) throws(EFDError) -> [(path: String, status: stat)]? {
        var found: [(path: String, status: stat)] = []
        for name in try names(in: folder) where !name.hasPrefix("_") && !name.hasPrefix(".") {
            let path = folder.isEmpty ? name : "\(folder)/\(name)"
            var status = stat()
            if lstat("\(root)/\(path)", &status) != 0 {
                guard errno == ENOENT else { throw Self.fault("cannot read \(root)/\(path)") }
                return nil
            }
            // A dangling link is not a file.
            if status.st_mode & S_IFMT == S_IFLNK, stat("\(root)/\(path)", &status) != 0 { continue }
            found.append((path, status))
        }
        return found
    }

    func read(_ path: String) throws(EFDError) -> [UInt8] { try Files.read("\(root)/\(path)") }

    func read(_ path: String, _ range: Range<Int>) throws(EFDError) -> [UInt8] {
        let file = open("\(root)/\(path)", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.fault("cannot open \(root)/\(path)") }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: range.count)
        var done = 0
        while done < range.count {
            let count = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress?.advanced(by: done), range.count - done, off_t(range.lowerBound + done))
            }
            guard count > 0 else { throw Self.fault("cannot read \(root)/\(path)") }
            done += count
        }
        return bytes
    }

    func fetch(_ path: String, into staging: Staging) -> FetchedFile { FetchedFile("\(root)/\(path)", isCopy: false) }

    func remove(_ path: String) throws(EFDError) {
        if unlink("\(root)/\(path)") != 0 && errno != ENOENT { throw Self.fault("cannot remove \(root)/\(path)") }
    }

    func publish(_ staged: String, as path: String) throws(EFDError) {
        let target = "\(root)/\(path)"
        let folder = Folders.parent(of: target) ?? "/"
        try Folders.make(folder)
        guard rename(staged, target) == 0 else { throw Self.fault("cannot move \(staged) to \(target)") }
        try Self.syncFolder(folder)
    }

    func create(_ path: String, _ text: String) throws(EFDError) -> Bool {
        let target = "\(root)/\(path)"
        let folder = Folders.parent(of: target) ?? "/"
        try Folders.make(folder)
        // Complete before it has its name: a crash never leaves half of a claim.
        let temporary = "\(target).\(getpid()).\(pthread_self()).new"
        try Files.write(Array(text.utf8), to: temporary)
        defer { unlink(temporary) }
        if link(temporary, target) != 0 {
            if errno == EEXIST { return false }
            throw Self.fault("cannot create \(target)")
        }
        try Self.syncFolder(folder)
        return true
    }

    func replace(_ path: String, _ text: String) throws(EFDError) {
        try Files.write(Array(text.utf8), to: "\(root)/\(path)")
    }

    static func syncFolder(_ path: String) throws(EFDError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault("cannot open \(path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw fault("cannot sync \(path)") }
    }

    static func fault(_ attempt: String) -> EFDError {
        EFDError(
            .parquetStoreFailed, "\(attempt): \(String(cString: strerror(errno)))",
            remedy: "Check that the folder exists, is writable and is not full.",
            recovery: .retry)
    }
}
