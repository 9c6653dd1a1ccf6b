import EFDCore
import EFDKafka

/// Appends records to the schema topic and returns once they are in the state. One thread at a time.
final class RegistryWriter: Sendable {
    private let writer: TopicWriter
    private let store: RegistryStore
    private let options: RegistryServerOptions

    init(_ options: RegistryServerOptions, _ store: RegistryStore, hooks: KafkaHooks) throws(EFDError) {
        (self.options, self.store) = (options, store)
        writer = try TopicWriter(options.kafka, topic: options.topic, timeout: options.writeTimeout, hooks: hooks)
    }

    func close() { writer.close() }

    /// - Throws: if a record was not acknowledged, or not in time; it may still be stored later.
    func append(_ records: [RegistryRecord]) throws(AppendError) {
        let deadline = MonotonicClock.seconds() + options.writeTimeout + 1
        let start = store.nextOffset
        store.expect(records)
        let offsets = try writer.append(
            records.map { record in
                TopicRecord(key: Array(record.key.utf8), value: record.value.map { Array($0.utf8) }, partition: 0)
            })
        for (record, stored) in zip(records, offsets) {
            guard stored.offset >= start else {
                let error = EFDError(
                    .registryTopicReplaced,
                    "the schema topic \(options.topic) is shorter than it was: it was deleted or emptied",
                    remedy: "The registry reads it again; register the schemas that are missing.", recovery: .retry)
                throw .refused(error, mayBeStored: true)
            }
            while !store.wrote(record, at: stored.offset) {
                guard MonotonicClock.seconds() < deadline else { throw late() }
                MonotonicClock.sleep(seconds: 0.002)
            }
        }
    }

    private func late() -> AppendError {
        let error = EFDError(
            .registryWriteTimedOut,
            "the records before a write to \(options.topic) were not read within \(options.writeTimeout) s",
            recovery: .retry)
        return .timedOut(error, mayBeStored: true)
    }
}
