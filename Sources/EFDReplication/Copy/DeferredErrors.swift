import EFDCore
import EFDKafka

/// Partitions whose copies the target refused: their lane begins anew without them, they follow after a while.
final class DeferredErrors: Sendable {
    private let errors = Locked<[TopicPartition: EFDError]>([:])

    func put(_ place: TopicPartition, _ error: EFDError) { errors.withLock { $0[place] = error } }

    /// The error, once.
    func take(_ place: TopicPartition) -> EFDError? { errors.withLock { $0.removeValue(forKey: place) } }
}
