import CPosix
import EFDCore
import Glibc

/// Replaces files by their merged files atomically.
///
/// Creates a folder beside the live one with the merged files and links to all others, and exchanges the two by a
/// single system call: a listing sees all of the old files or all of the new ones. After a kill the new folder (before
/// the exchange) or the old one (after it) remains in the staging area, which the next process clears.
///
/// The old folder stays complete for a while: a reader that has opened but not listed it must find all of its names.
/// Opening them by their paths fails after the exchange, which no reader mistakes for an empty hour.
struct FolderExchange {
    let store: LocalStore
    let staging: Staging

    /// Seconds that the old folder is kept for readers that are listing it.
    static let listingPatience = 5.0

    /// Leaves the old folder in the staging area.
    /// - Parameter folder: relative to the root of the store; contains all inputs.
    func publish(_ merged: [MergedFile], in folder: String) throws(EFDError) {
        let live = "\(store.root)/\(folder)"
        let next = staging.newPath() + Staging.folderEnding
        var isExchanged = false
        defer { if !isExchanged { Folders.removeTree(next) } }
        try Folders.make(next)
        var gone = Set(merged.flatMap { $0.inputs.map { String($0.path.split(separator: "/").last ?? "") } })
        for name in try Files.names(in: live) where gone.remove(name) == nil {
            guard link("\(live)/\(name)", "\(next)/\(name)") == 0 else {
                throw LocalStore.fault("cannot link \(live)/\(name) to \(next)")
            }
        }
        guard gone.isEmpty else {
            throw EFDError(
                .parquetFolderChanged, "files of \(folder) disappeared while they were merged", recovery: .retry)
        }
        for file in merged {
            guard rename(file.staged, "\(next)/\(file.name.text)") == 0 else {
                throw LocalStore.fault("cannot move \(file.staged) to \(next)")
            }
        }
        try LocalStore.syncFolder(next)
        guard posix_exchange(next, live) == 0 else {
            if errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP {
                throw EFDError(
                    .parquetExchangeMissing,
                    "the file system of \(store.root) cannot exchange two folders in one step",
                    remedy:
                        "Merge on ext4, XFS, Btrfs or ZFS 2.2; elsewhere readers would see rows twice or not at all "
                        + "for a while. Fewer files from the start: raise --rotate-age."
                )
            }
            throw LocalStore.fault("cannot exchange \(next) and \(live)")
        }
        isExchanged = true
        try LocalStore.syncFolder(Folders.parent(of: live) ?? "/")
        try LocalStore.syncFolder(staging.path)
    }
}
