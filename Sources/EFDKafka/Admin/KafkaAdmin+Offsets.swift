import CRdKafka
import EFDCore

/// A position in partitions that the brokers resolve.
public enum OffsetQuery: Sendable, Equatable {
    case earliest
    /// After the last record visible to readers of committed records.
    case latest
    /// The first record of that time or later, in milliseconds since 1970.
    case time(Int64)
}

extension KafkaAdmin {
    /// Looks partitions up in one request to each of their leaders. `PartitionOffset.end` if no record is as recent as
    /// the given time.
    ///
    /// - Throws: also if a single partition fails.
    public func offsets(of partitions: [TopicPartition], at query: OffsetQuery) throws(EFDError) -> [PartitionOffset] {
        try handle.offsets(of: partitions, at: query, seconds: Double(timeoutMilliseconds) / 1000)
    }
}

extension ClientHandle {
    /// Looks partitions up in one request to each of their leaders, and retries retriable errors for `seconds`.
    func offsets(of partitions: [TopicPartition], at query: OffsetQuery, seconds: Double) throws(EFDError)
        -> [PartitionOffset]
    {
        guard !partitions.isEmpty else { return [] }
        let time: Int64 =
            switch query {
            case .earliest: -2
            case .latest: -1
            case .time(let milliseconds): milliseconds
            }
        let attempt =
            partitions.count == 1
            ? "requesting an offset of \(partitions[0])" : "requesting offsets of \(partitions.count) partitions"
        let deadline = MonotonicClock.seconds() + seconds
        let milliseconds = Int32(clamping: Int(seconds * 1000))
        while true {
            let list = PartitionList(partitions.map { PartitionOffset($0, time) })
            let code = KafkaErrorCode(list.with { rd_kafka_offsets_for_times(raw, $0, milliseconds) })
            let failed = list.refused.first
            let error =
                code.isError
                ? code.error(attempting: attempt, on: servers)
                : failed?.code.error(
                    attempting: "requesting an offset of \(failed?.partition.description ?? "")", on: servers)
            guard let error else { return list.offsets }
            // A new topic may have no leader for a moment.
            guard error.isRetriable, MonotonicClock.seconds() < deadline else { throw error }
            MonotonicClock.sleep(seconds: 0.1)
        }
    }
}
