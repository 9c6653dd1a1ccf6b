import EFDCore
import EFDTestKit
import Testing

@testable import EFDKafka

/// Reports of a producer, gathered by whichever thread polls.
final class Reports: Sendable {
    let all = Locked<[DeliveryReport]>([])
    let undelivered = Locked<[(value: [UInt8], topic: String, opaque: UInt, code: KafkaErrorCode)]>([])

    func producer(_ properties: KafkaProperties, pollsItself: Bool = true) throws -> KafkaProducer {
        try KafkaProducer(
            properties, pollsItself: pollsItself,
            undelivered: { [undelivered] message, code in
                undelivered.withLock {
                    $0.append((message.value.map { Array($0) } ?? [], message.topic, message.opaque, code))
                }
            },
            deliver: { [all] reports in all.withLock { $0 += Array(reports) } })
    }

    var count: Int { all.withLock { $0.count } }
    var errors: [KafkaErrorCode] { all.withLock { $0.map(\.error).filter(\.isError) } }
}

/// A record with everything in it, outside of librdkafka's memory.
struct CopiedRecord: Equatable {
    var key: [UInt8]?
    var value: [UInt8]?
    var timestamp: Int64? = nil
    var headers: [String: [UInt8]?] = [:]

    init(key: [UInt8]?, value: [UInt8]?, timestamp: Int64? = nil, headers: [String: [UInt8]?] = [:]) {
        (self.key, self.value, self.timestamp, self.headers) = (key, value, timestamp, headers)
    }

    init(_ message: KafkaMessage) {
        key = message.key.map { Array($0) }
        value = message.value.map { Array($0) }
        timestamp = message.timestamp
        for header in message.headers.map(Array.init) ?? [] {
            headers[header.name] = .some(header.value.map { Array($0) })
        }
    }
}

extension KafkaProducer {
    /// Sends texts as values and waits until they are delivered.
    func send(_ texts: some Sequence<String>, to topic: String, partition: Int32 = KafkaRecord.anyPartition) throws {
        let handle = try self.topic(topic)
        for text in texts {
            var text = text
            let outcome = text.withUTF8 {
                produce(handle, KafkaRecord(value: UnsafeRawBufferPointer($0), partition: partition))
            }
            #expect(outcome == .queued)
        }
        #expect(flush(seconds: 30))
    }
}

extension KafkaConsumer {
    /// Polls until `done` says so, at most `seconds`. False when time ran out.
    @discardableResult
    func poll(
        seconds: Double = 30, maxMessages: Int = 500, until done: @autoclosure () -> Bool,
        _ take: (borrowing MessageBatch) throws -> Void
    ) throws -> Bool {
        let deadline = MonotonicClock.seconds() + seconds
        while !done() {
            guard MonotonicClock.seconds() < deadline else { return false }
            let batch = try poll(maxMessages: maxMessages, waitMilliseconds: 50)
            try take(batch)
        }
        return true
    }

    /// The values of the next `count` records, as texts.
    func texts(_ count: Int, seconds: Double = 30) throws -> [String] {
        var texts: [String] = []
        try poll(seconds: seconds, until: texts.count >= count) { batch in
            for index in 0..<batch.count {
                texts.append(String(decoding: batch[index].value ?? .init(start: nil, count: 0), as: UTF8.self))
            }
        }
        return texts
    }
}

extension MessageBatch {
    /// The offsets to commit after this batch.
    borrowing func ends(_ consumer: KafkaConsumer) -> [PartitionOffset] {
        runs.map { PartitionOffset(consumer.partition(of: $0.source), $0.lastOffset + 1) }
    }
}

extension FetchLimits {
    /// Any partition is one of many, and moves whenever it can.
    static let restless = FetchLimits(
        few: 0, busy: 2, arrivals: 2, patience: 0.2, patienceWhenFull: 0.05, interval: 0.01, demotionInterval: 0.05)
}
