import EFDCore

/// What keeps single lanes and partitions from being copied while others go on: the readiness condition `copying`.
final class StalledPartitions: Sendable {
    private let health: Health
    private let list = Locked<[String: String]>([:])
    private let gauge: Gauge
    /// So many are named in the condition's message.
    private static let named = 5

    init(health: Health, metrics: ReplicatorMetrics) {
        (self.health, gauge) = (health, metrics.troubles)
        show([:])
    }

    func tell(_ name: String, _ error: EFDError) { change { $0[name] = error.description } }
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
        gauge.set(list.count)
        let named = list.sorted { $0.key < $1.key }.prefix(Self.named).map { "\($0.key): \($0.value)" }
        let rest = list.count > Self.named ? "; and \(list.count - Self.named) more" : ""
        health.set(
            "copying", isMet: list.isEmpty, list.isEmpty ? "nothing is held up" : named.joined(separator: "; ") + rest)
    }
}
