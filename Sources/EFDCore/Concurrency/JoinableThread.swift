import CPosix
import Glibc

/// A named thread with one owner, who must join it: dropping it unjoined traps.
public struct JoinableThread: ~Copyable, Sendable {
    private final class Start {
        let name: String
        let body: () -> Void
        init(_ name: String, _ body: @escaping () -> Void) { (self.name, self.body) = (name, body) }
    }

    private let thread: pthread_t

    /// Starts the thread at once. `name` shows in `top -H` and core files, cut at 15 bytes.
    public init(_ name: String, _ body: sending @escaping () -> Void) {
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { raw in
                let start = Unmanaged<Start>.fromOpaque(raw!).takeRetainedValue()
                posix_name_thread(start.name)
                start.body()
                return nil
            }, Unmanaged.passRetained(Start(name, body)).toOpaque())
        precondition(code == 0, "pthread_create failed with errno \(code): the machine is out of threads or memory")
        self.thread = thread
    }

    /// Starts a thread that nobody joins: it ends with the process.
    public static func detach(_ name: String, _ body: sending @escaping () -> Void) {
        JoinableThread(name, body).forget()
    }

    private consuming func forget() {
        pthread_detach(thread)
        discard self
    }

    public consuming func join() {
        pthread_join(thread, nil)
        discard self
    }

    deinit { precondition(thread == 0, "a thread must be joined by its owner") }
}
