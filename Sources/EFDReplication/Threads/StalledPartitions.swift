import EFDCore
import EFDKafka

/// The stalled partitions and lanes: the readiness condition `copying`.
final class StalledPartitions: Sendable {
    private let health: Health
    private let list = Locked<[String: String]>([:])
    private let metrics: ReplicatorMetrics
    /// Maximum number named in the condition's message.
    private static let named = 5

    init(health: Health, metrics: ReplicatorMetrics) {
        (self.health, self.metrics) = (health, metrics)
        show([:])
    }

    func report(_ name: String, _ error: EFDError) { change { $0[name] = error.description } }
    func clear(_ name: String) { change { $0[name] = nil } }

    private func change(_ body: (inout [String: String]) -> Void) {
        let (before, after) = list.withLock { list in
            let before = list
            body(&list)
            return (before, list)
        }
        if before != after { show(after) }
    }

    private func show(_ list: [String: String]) {
        metrics.setStalled(list.count)
        let named = list.sorted { $0.key < $1.key }.prefix(Self.named).map { "\($0.key): \($0.value)" }
        let rest = list.count > Self.named ? "; and \(list.count - Self.named) more" : ""
        health.set(
            "copying", isMet: list.isEmpty,
            list.isEmpty ? "no partition is stalled" : named.joined(separator: "; ") + rest)
    }
}

/// Errors of partitions whose copies the target rejected: the lane is opened again, and its next copy thread stalls
/// them.
final class DeferredErrors: Sendable {
    private let errors = Locked<[TopicPartition: EFDError]>([:])

    func put(_ partition: TopicPartition, _ error: EFDError) { errors.withLock { $0[partition] = error } }

    /// Returns and removes the error.
    func take(_ partition: TopicPartition) -> EFDError? { errors.withLock { $0.removeValue(forKey: partition) } }
}
