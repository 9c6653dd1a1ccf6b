/// Threads that are joined together. Used by the thread that owns them.
public final class WorkerGroup {
    /// Move-only workers cannot stand in an array.
    private final class Box {
        var worker: Worker?
        let next: Box?
        init(_ worker: consuming Worker, next: Box?) {
            self.worker = consume worker
            self.next = next
        }
    }

    private var last: Box?

    public init() {}

    public func add(_ worker: consuming Worker) { last = Box(worker, next: last) }

    /// Waits for every thread to end.
    public func join() {
        while let box = last {
            box.worker.take()?.join()
            last = box.next
        }
    }
}
