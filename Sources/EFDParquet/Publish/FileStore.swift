import EFDCore

/// Where published files live: a folder, or something that can be seen as one. Paths are relative to its root.
///
/// Each operation either happened whole or not at all, whenever the process is killed.
protocol FileStore: Sendable {
    /// For messages.
    var root: String { get }

    func exists(_ path: String) throws(EFDError) -> Bool
    /// Names in a folder; none when there is no such folder.
    func names(in folder: String) throws(EFDError) -> [String]
    func read(_ path: String) throws(EFDError) -> [UInt8]
    /// No error when there is none.
    func remove(_ path: String) throws(EFDError)
    /// Moves a finished file of the staging area to its place, over what stands there.
    func publish(_ staged: String, as path: String) throws(EFDError)
    /// Creates a small file. False when there is one of that name already: of many who try, one succeeds.
    func create(_ path: String, _ text: String) throws(EFDError) -> Bool
    /// Puts text in the place of what stands there.
    func replace(_ path: String, _ text: String) throws(EFDError)
}
