import EFDCore
import EFDS3
import Glibc

/// A bucket of an object store, or its keys with a prefix: objects appear atomically, so no temporary names are needed.
///
/// Claims are conditional puts. Files are not: only the owner of the claim puts them, under names with their offsets,
/// so that a repeated put has the same rows.
struct S3Store: FileStore {
    let root: String
    private let client: S3Client
    /// The prefix of all keys; empty or with a trailing slash.
    private let prefix: String
    private let stagingArea: String

    /// An object that tests whether the store honours conditions.
    private static let probe = "_probe"
    /// Bytes of one piece when a file is fetched.
    private static let piece = 8 << 20

    init(_ client: S3Client, bucket: String, prefix: String, stagingArea: String) {
        self.client = client
        self.prefix = prefix.isEmpty ? "" : "\(prefix)/"
        self.stagingArea = stagingArea
        root = prefix.isEmpty ? "s3://\(bucket)" : "s3://\(bucket)/\(prefix)"
    }

    /// A store that ignores conditions would let two processes store the same rows.
    func check() throws(EFDError) {
        guard try create(Self.probe, "The second put of this object must fail.\n"), try create(Self.probe, "") else {
            return
        }
        throw EFDError(
            .parquetStoreUnfit, "\(root): the store overwrote an object despite If-None-Match",
            remedy: "Rows could be stored twice. Use a store that honours conditional puts, as AWS S3 and MinIO do.")
    }

    func makeStaging() throws(EFDError) -> Staging { try Staging(in: stagingArea) }

    func exists(_ path: String) throws(EFDError) -> Bool { try client.size(prefix + path) != nil }

    func names(in folder: String) throws(EFDError) -> [String] {
        let found = try contents(of: folder)
        return (found.folders + found.files).sorted()
    }

    func contents(of folder: String) throws(EFDError) -> (folders: [String], files: [String]) {
        let start = prefix + (folder.isEmpty ? "" : "\(folder)/")
        var found: (folders: [String], files: [String]) = ([], [])
        try client.list(prefix: start, delimiter: "/") { page in
            found.files += page.objects.map { String($0.key.dropFirst(start.count)) }
            found.folders += page.prefixes.map { String($0.dropFirst(start.count).dropLast()) }
        }
        // Some tools put an object without a name to show an empty folder.
        return (found.folders.filter { !$0.isEmpty }.sorted(), found.files.filter { !$0.isEmpty }.sorted())
    }

    func files(below folder: String) throws(EFDError) -> [StoredFile] {
        let start = prefix + (folder.isEmpty ? "" : "\(folder)/")
        var files: [StoredFile] = []
        try client.list(prefix: start) { page in
            for object in page.objects where !object.key.hasSuffix("/") {
                let parts = object.key.dropFirst(start.count).split(separator: "/")
                if parts.contains(where: { $0.hasPrefix("_") || $0.hasPrefix(".") }) { continue }
                files.append(StoredFile(path: String(object.key.dropFirst(prefix.count)), size: object.size))
            }
        }
        return files
    }

    func read(_ path: String) throws(EFDError) -> [UInt8] { try whole(path, try client.get(prefix + path)) }

    func read(_ path: String, _ range: Range<Int>) throws(EFDError) -> [UInt8] {
        if range.isEmpty { return [] }
        let bytes = try whole(path, try client.get(prefix + path, range))
        guard bytes.count == range.count else {
            throw EFDError(
                .parquetStoreFailed, "\(root)/\(path): requested \(range.count) bytes, got \(bytes.count)",
                recovery: .retry)
        }
        return bytes
    }

    private func whole(_ path: String, _ bytes: [UInt8]?) throws(EFDError) -> [UInt8] {
        guard let bytes else { throw EFDError(.parquetFileMissing, "\(root)/\(path) does not exist") }
        return bytes
    }

    func fetch(_ path: String, into staging: Staging) throws(EFDError) -> FetchedFile {
        guard let size = try client.size(prefix + path) else {
            throw EFDError(.parquetFileMissing, "\(root)/\(path) does not exist")
        }
        let copy = FetchedFile(staging.newPath(), isCopy: true)
        let file = open(copy.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw LocalStore.fault("cannot create \(copy.path)") }
        defer { close(file) }
        var done = 0
        while done < size {
            let bytes = try read(path, done..<min(size, done + Self.piece))
            guard bytes.withUnsafeBytes({ write(file, $0.baseAddress, $0.count) }) == bytes.count else {
                throw LocalStore.fault("cannot write \(copy.path)")
            }
            done += bytes.count
        }
        return copy
    }

    func remove(_ path: String) throws(EFDError) { try client.delete(prefix + path) }

    /// In one request, from the page cache.
    func publish(_ staged: String, as path: String) throws(EFDError) {
        let mapping = try MappedFile(staged)
        try client.put(prefix + path, mapping.bytes)
    }

    func create(_ path: String, _ text: String) throws(EFDError) -> Bool {
        try with(text) { (bytes) throws(EFDError) in try client.create(prefix + path, bytes) }
    }

    func replace(_ path: String, _ text: String) throws(EFDError) {
        try with(text) { (bytes) throws(EFDError) in try client.put(prefix + path, bytes) }
    }

    private func with<Value>(_ text: String, _ body: (UnsafeRawBufferPointer) throws(EFDError) -> Value)
        throws(EFDError) -> Value
    {
        let result = Array(text.utf8).withUnsafeBytes { bytes in Result { () throws(EFDError) in try body(bytes) } }
        return try result.get()
    }
}

/// A memory-mapped file, which the kernel loads and evicts as needed.
struct MappedFile: ~Copyable {
    let bytes: UnsafeRawBufferPointer

    init(_ path: String) throws(EFDError) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw LocalStore.fault("cannot open \(path)") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_size > 0,
            let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED
        else { throw LocalStore.fault("cannot read \(path)") }
        bytes = UnsafeRawBufferPointer(start: start, count: Int(status.st_size))
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}
