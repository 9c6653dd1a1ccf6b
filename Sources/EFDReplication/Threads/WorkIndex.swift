import Synchronization

/// Deals out the indices of a list to several threads.
final class WorkIndex: Sendable {
    private let position = Atomic<Int>(0)

    func next(below count: Int) -> Int? {
        let index = position.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < count ? index : nil
    }
}
