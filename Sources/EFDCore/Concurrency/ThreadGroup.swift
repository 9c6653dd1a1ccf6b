/// Threads that are joined together. Used by the thread that owns them.
public final class ThreadGroup {
    /// Move-only workers cannot stand in an array.
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
