import Glibc

/// A first-in-first-out queue between threads with at most `capacity` elements: a full queue blocks its producers.
///
/// A wake-up costs microseconds of CPU, so elements should be batches worth a millisecond of work, and `capacity` 4 to
/// 16.
public final class BoundedQueue<Element: ~Copyable>: @unchecked Sendable {
    // Every `var` is guarded by `mutex`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let notEmpty = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let notFull = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let slots: UnsafeMutablePointer<Element>
    private var head = 0
    private var used = 0
    private var closed = false

    public let capacity: Int

    public init(capacity: Int) {
        precondition(capacity > 0, "a queue needs room for one element")
        self.capacity = capacity
        slots = .allocate(capacity: capacity)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(notEmpty, &attributes)
        pthread_cond_init(notFull, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        while let element = take() { _ = consume element }
        slots.deallocate()
        pthread_cond_destroy(notEmpty)
        pthread_cond_destroy(notFull)
        pthread_mutex_destroy(mutex)
        notEmpty.deallocate()
        notFull.deallocate()
        mutex.deallocate()
    }

    /// Closed and drained.
    public var isDrained: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return closed && used == 0
    }

    public var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return used
    }

    /// Waits while the queue is full. Gives the element back when the queue is closed.
    @discardableResult
    public func push(_ element: consuming sending Element) -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while used == capacity && !closed { pthread_cond_wait(notFull, mutex) }
        if closed { return element }
        append(element)
        return nil
    }

    /// Never waits. Gives the element back when the queue is full or closed.
    public func tryPush(_ element: consuming sending Element) -> Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if closed || used == capacity { return element }
        append(element)
        return nil
    }

    /// Waits while the queue is empty; nil when it is closed and drained.
    public func pop() -> sending Element? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while used == 0 && !closed { pthread_cond_wait(notEmpty, mutex) }
        return take()
    }

    /// Waits at most `seconds`; nil if nothing arrives in that time, or if the queue is closed and drained.
    public func pop(waitingAtMost seconds: Double) -> sending Element? {
        var deadline = MonotonicClock.timespec(after: seconds)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while used == 0 && !closed {
            if pthread_cond_timedwait(notEmpty, mutex, &deadline) == ETIMEDOUT { break }
        }
        return take()
    }

    /// The queue accepts no further elements; those inside can still be taken.
    public func close() {
        pthread_mutex_lock(mutex)
        closed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(notEmpty)
        pthread_cond_broadcast(notFull)
    }

    public var isClosed: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return closed
    }

    private func append(_ element: consuming sending Element) {
        (slots + (head + used) % capacity).initialize(to: element)
        used += 1
        pthread_cond_signal(notEmpty)
    }

    private func take() -> sending Element? {
        if used == 0 { return nil }
        defer {
            head = (head + 1) % capacity
            used -= 1
            pthread_cond_signal(notFull)
        }
        return (slots + head).move()
    }
}
