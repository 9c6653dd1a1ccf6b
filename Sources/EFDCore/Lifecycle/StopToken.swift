import Glibc

/// Tells the threads of a service to stop, and wakes those that wait.
public final class StopToken: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var stopped = false  // guarded by `mutex`, as `callbacks`
    private var callbacks: [@Sendable () -> Void] = []

    public init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
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
        for callback in due { callback() }
    }

    /// Runs `callback` once when the token stops, at once if it has.
    public func onStop(_ callback: @escaping @Sendable () -> Void) {
        pthread_mutex_lock(mutex)
        let runNow = stopped
        if !stopped { callbacks.append(callback) }
        pthread_mutex_unlock(mutex)
        if runNow { callback() }
    }

    /// Waits until the token stops, at most `seconds`. True when it stopped.
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
