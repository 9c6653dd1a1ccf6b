import Synchronization

/// Distributes the indices of a list over several threads, each index once.
public final class WorkIndex: Sendable {
    private let position = Atomic<Int>(0)

    public init() {}

    /// Returns the next index; nil once all `count` are taken.
    public func next(below count: Int) -> Int? {
        let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}
