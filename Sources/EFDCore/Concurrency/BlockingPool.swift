/// A fixed number of threads for tasks that block.
public final class BlockingPool: @unchecked Sendable {
    public typealias Task = @Sendable () -> Void
    private let tasks: BoundedQueue<Task>
    private let threads = ThreadGroup()  // touched only by `init` and `close`

    /// - Parameters:
    ///   - name: the threads are called `<name>-0`, `<name>-1`, …
    ///   - size: number of threads, and of queued tasks; `run` waits while the queue is full.
    public init(_ name: String, size: Int) {
        tasks = BoundedQueue(capacity: size)
        let tasks = tasks
        for index in 0..<size {
            threads.add(
                JoinableThread("\(name)-\(index)") {
                    while let task = tasks.pop() { task() }
                })
        }
    }

    /// Runs the task on one of the threads; drops it if the pool is closed.
    public func run(_ task: @escaping Task) { _ = tasks.push(task) }

    /// Waits until all tasks have run. Called once, by the owner.
    public func close() {
        tasks.close()
        threads.join()
    }
}
