import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDReplication

/// A consumer at the target that decodes every record the moment it appears, with the schema that the registry there
/// tells at that moment.
///
/// Values are Avro records whose first field is a number.
final class DecodingReader: @unchecked Sendable {  // one thread follows, others look at the count
    /// Records read so far.
    let count = Locked(0)
    private let registry: RegistryClient
    /// Schemas asked for already; nil: every record is asked for.
    private var known: [Int32: AvroSchema]?
    private var numbers: [TopicPartition: [Int64]] = [:]

    init(_ url: String, remembers: Bool = false) throws {
        registry = RegistryClient(try RegistryOptions([url]))
        known = remembers ? [:] : nil
    }

    /// The numbers of each partition in their order, once `count` records were read, tombstones included.
    func follow(_ servers: String, _ topics: [String], until count: Int, seconds: Double) throws -> [TopicPartition:
        [Int64]]
    {
        let consumer = try KafkaConsumer(
            try TestBroker.properties(servers, ["topic.metadata.refresh.interval.ms=1000"]),
            group: TestBroker.uniqueName("decoder"))
        defer { consumer.close() }
        try consumer.subscribe(topics)
        var last: [TopicPartition: Int64] = [:]
        let deadline = MonotonicClock.seconds() + seconds
        while self.count.withLock({ $0 }) < count, MonotonicClock.seconds() < deadline {
            let batch = try consumer.poll(maxMessages: 1000, waitMilliseconds: 50)
            for index in 0..<batch.count {
                let message = batch[index]
                let place = TopicPartition(message.topic, message.partition)
                // After a broker's restart the group may resume at its committed offsets.
                guard message.offset > last[place] ?? -1 else { continue }
                last[place] = message.offset
                self.count.withLock { $0 += 1 }
                if let value = message.value { try take(value, place) }
            }
        }
        return numbers
    }

    private func take(_ value: UnsafeRawBufferPointer, _ place: TopicPartition) throws {
        let frame = try ConfluentFrame.parse(value)
        guard case .record(let fields) = try AvroDecoder(try schema(frame.schemaID, place)).decode(frame.payload),
            case .long(let number) = fields[0]
        else {
            throw EFDError("test.noRecord", "the value is not a record")
        }
        numbers[place, default: []].append(number)
    }

    private func schema(_ id: Int32, _ place: TopicPartition) throws -> AvroSchema {
        if let schema = known?[id] { return schema }
        // The registry may be killed and unavailable, but must not answer that it does not know the id.
        let found = try until(seconds: 60, "the registry does not come back") { () -> RegisteredSchema?? in
            do { return .some(try registry.schema(id: id)) } catch { return nil }
        }
        let schema = try AvroSchema.parse(try #require(found, "a record of \(place) came before its schema \(id)").text)
        known?[id] = schema
        return schema
    }
}
