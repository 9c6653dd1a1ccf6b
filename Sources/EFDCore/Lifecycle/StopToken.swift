import Glibc

/// Asks the threads of a service to stop, and wakes those that wait.
///
/// A `child` stops with its parent, or alone: one connector of a process.
public final class StopToken: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var stopped = false  // guarded by `mutex`, as `callbacks`
    private var callbacks: [(id: Int, run: @Sendable () -> Void)] = []
    private var lastID = 0
    /// Set once, by `child`.
    private var parent: (token: StopToken, id: Int)?

    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    /// A token that stops with this one, or alone.
    public func child() -> StopToken {
        let child = StopToken()
        child.parent = (self, onStop { [weak child] in child?.stop() })
        return child
    }

    deinit {
        if let parent { parent.token.cancel(parent.id) }
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    public var isStopped: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return stopped
    }

    /// Idempotent; runs the callbacks on the caller's thread.
    public func stop() {
        pthread_mutex_lock(mutex)
        let due = stopped ? [] : callbacks
        stopped = true
        callbacks = []
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(mutex)
        for callback in due { callback.run() }
    }

    /// Runs `callback` once when the token stops, immediately if it has stopped. Returns a number for `cancel`.
    @discardableResult
    public func onStop(_ callback: @escaping @Sendable () -> Void) -> Int {
        pthread_mutex_lock(mutex)
        let runNow = stopped
        lastID += 1
        let id = lastID
        if !stopped { callbacks.append((id, callback)) }
        pthread_mutex_unlock(mutex)
        if runNow { callback() }
        return id
    }

    /// Removes the callback for which `onStop` returned this number.
    public func cancel(_ id: Int) {
        pthread_mutex_lock(mutex)
        callbacks.removeAll { $0.id == id }
        pthread_mutex_unlock(mutex)
    }

    /// Waits until the token stops, at most `seconds`. True if it stopped.
    @discardableResult
    public func wait(seconds: Double) -> Bool {
        var deadline = MonotonicClock.timespec(after: seconds)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !stopped {
            if pthread_cond_timedwait(changed, mutex, &deadline) == ETIMEDOUT { break }
        }
        return stopped
    }

    public func wait() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !stopped { pthread_cond_wait(changed, mutex) }
    }
}
