import EFDCore

extension PartitionReader {
    /// The offset after the last polled record, `PartitionOffset.none` if there is none.
    func positions(_ partitions: [TopicPartition]) -> [PartitionOffset] {
        partitions.map { PartitionOffset($0, planner.position(of: sources.number($0)) ?? PartitionOffset.none) }
    }

    /// Records not yet polled, per assigned partition with polled records.
    func lags() -> [(partition: TopicPartition, records: Int64)] {
        ends.refresh(knownEnd) { planner.position(of: $0) }
        return planner.assigned.compactMap { source in
            guard let next = planner.position(of: source), let end = ends.end(of: source) else { return nil }
            return (sources.partition(source), max(0, end - next))
        }
    }

    func knownEnd(of partition: TopicPartition) -> Int64? { knownEnd(sources.number(partition)) }

    private func knownEnd(_ source: Int) -> Int64? {
        handles.knownEnd(of: sources.partition(source), in: planner.place(of: source) ?? .member)
    }
}
