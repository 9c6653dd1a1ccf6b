import EFDCore

/// Where published files live: a folder, or something that can be seen as one. Paths are relative to its root.
///
/// Each operation either happened whole or not at all, whenever the process is killed. All may be called from any
/// thread.
protocol FileStore: Sendable {
    /// For messages: the output as people write it.
    var root: String { get }

    /// Whether files can be put here, with all that `create` promises. Throws what stands against it.
    func check() throws(EFDError)
    /// A place of this process's own on this machine, for files that are written before they are published.
    func makeStaging() throws(EFDError) -> Staging

    /// Keeps folders of a topic from being exchanged for others until the result is freed; nil where that never
    /// happens.
    func holdFolders(of topic: String) throws(EFDError) -> FolderLock?

    func exists(_ path: String) throws(EFDError) -> Bool
    /// Names of the files and folders in a folder, sorted; none when there is no such folder. The root is "".
    func names(in folder: String) throws(EFDError) -> [String]
    /// The files in a folder and below it, but for folders and files whose names begin with `_` or `.`, which are not
    /// data.
    func files(below folder: String) throws(EFDError) -> [StoredFile]

    func read(_ path: String) throws(EFDError) -> [UInt8]
    /// A part of a file that lies within it.
    func read(_ path: String, _ range: Range<Int>) throws(EFDError) -> [UInt8]
    /// The file as one of this machine, for readers that take a path.
    func fetch(_ path: String, into staging: Staging) throws(EFDError) -> FetchedFile

    /// No error when there is none.
    func remove(_ path: String) throws(EFDError)
    /// Puts a finished file of the staging area in its place, over what stands there. The staged file may be gone
    /// afterwards.
    func publish(_ staged: String, as path: String) throws(EFDError)
    /// Creates a small file. False when there is one of that name already: of many who try, one succeeds.
    ///
    /// A caller that gets false may still be the one that created it, if the answer to its first attempt was lost: the
    /// content shows it.
    func create(_ path: String, _ text: String) throws(EFDError) -> Bool
    /// Puts text in the place of what stands there.
    func replace(_ path: String, _ text: String) throws(EFDError)
}

extension FileStore {
    func holdFolders(of topic: String) -> FolderLock? { nil }
}

/// A file as a listing tells it.
struct StoredFile: Sendable, Equatable {
    /// From the store's root.
    let path: String
    /// In bytes.
    let size: Int

    var name: Substring { path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...] }
}
