/// Threads that are joined together. Not thread-safe; owned by one thread.
public final class ThreadGroup {
    /// Move-only threads cannot be elements of an array.
    private final class Box {
        var worker: JoinableThread?
        let next: Box?
        init(_ worker: consuming JoinableThread, next: Box?) {
            self.worker = consume worker
            self.next = next
        }
    }

    private var last: Box?

    public init() {}

    public func add(_ worker: consuming JoinableThread) { last = Box(worker, next: last) }

    /// Waits for every thread to end.
    public func join() {
        while let box = last {
            box.worker.take()?.join()
            last = box.next
        }
    }
}
