import EFDCore
import Glibc

/// Locks a topic's folders: shared while files are published, exclusive while folders are exchanged. Released when
/// freed, or when the process ends.
final class FolderLock: Sendable {
    enum Kind { case shared, exclusive }

    private let descriptor: Int32
    private static let look = 0.02

    /// nil: others kept the lock for longer than `patience` seconds.
    init?(_ topic: String, in store: LocalStore, _ kind: Kind, patience: Double) throws(EFDError) {
        let folder = "\(store.root)/\(topic)/\(Claim.folder)"
        try Folders.make(folder)
        descriptor = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LocalStore.fault("cannot open \(folder)/lock") }
        let deadline = MonotonicClock.seconds() + patience
        while flock(descriptor, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else { throw LocalStore.fault("cannot lock \(folder)/lock") }
            if MonotonicClock.seconds() > deadline { return nil }
            MonotonicClock.sleep(seconds: Self.look)
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
