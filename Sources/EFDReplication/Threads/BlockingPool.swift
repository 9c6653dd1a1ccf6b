import EFDCore

/// Threads that do what blocks: opening and committing lanes, a lane at a time each.
final class BlockingPool: @unchecked Sendable {
    typealias Task = @Sendable () -> Void
    private let tasks: BoundedQueue<Task>
    private let workers = ThreadGroup()  // touched only when the crew is made and when it is closed

    /// - Parameter size: as many as there can be tasks at a time.
    init(size: Int) {
        tasks = BoundedQueue(capacity: size)
        let tasks = tasks
        for index in 0..<size {
            workers.add(
                JoinableThread("crew-\(index)") {
                    while let task = tasks.pop() { task() }
                })
        }
    }

    func run(_ task: @escaping Task) { _ = tasks.push(task) }

    /// Waits for what is under way. Called once, by whoever made the crew.
    func close() {
        tasks.close()
        workers.join()
    }
}
