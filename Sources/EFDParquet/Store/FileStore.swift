import EFDCore

/// The store of published files: a folder, or an equivalent. Paths are relative to its root.
///
/// Each operation is atomic, also if the process is killed. All operations are thread-safe.
protocol FileStore: Sendable {
    /// The output in messages.
    var root: String { get }

    /// Checks that the store is writable, with all guarantees of `create`. Throws the reason if not.
    func check() throws(EFDError)
    /// A private local folder of this process for files before publication.
    func makeStaging() throws(EFDError) -> Staging

    /// Prevents the exchange of a topic's folders until the result is freed; nil if that never happens.
    func holdFolders(of topic: String) throws(EFDError) -> FolderLock?

    func exists(_ path: String) throws(EFDError) -> Bool
    /// Names of the files and folders in a folder, sorted; empty if there is no such folder. The root is "".
    func names(in folder: String) throws(EFDError) -> [String]
    /// The same names, folders and files apart.
    func contents(of folder: String) throws(EFDError) -> (folders: [String], files: [String])
    /// The files in a folder and below it, except folders and files whose names begin with `_` or `.`, which are not
    /// data.
    func files(below folder: String) throws(EFDError) -> [StoredFile]

    func read(_ path: String) throws(EFDError) -> [UInt8]
    /// A range of a file, within its size.
    func read(_ path: String, _ range: Range<Int>) throws(EFDError) -> [UInt8]
    /// The file as a local one, for readers that need a path.
    func fetch(_ path: String, into staging: Staging) throws(EFDError) -> FetchedFile

    /// Succeeds if there is none.
    func remove(_ path: String) throws(EFDError)
    /// Moves or copies a finished file of the staging area to its path, replacing any file there. The staged file may
    /// be gone afterwards.
    func publish(_ staged: String, as path: String) throws(EFDError)
    /// Creates a small file. False if the name exists: of several creators, one succeeds.
    ///
    /// A caller that gets false may still have created it, if the answer to its first attempt was lost: compare the
    /// content.
    func create(_ path: String, _ text: String) throws(EFDError) -> Bool
    /// Replaces the file's text.
    func replace(_ path: String, _ text: String) throws(EFDError)
}

extension FileStore {
    func holdFolders(of topic: String) -> FolderLock? { nil }
}

/// A file of a listing.
struct StoredFile: Sendable, Equatable {
    /// Relative to the root of the store.
    let path: String
    /// In bytes.
    let size: Int

    var name: Substring { path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...] }
}
