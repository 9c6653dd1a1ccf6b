import EFDCore
import EFDDDS
import EFDKafka
import EFDSAL

/// Converts each sample to a Kafka record and passes it to the client, without waiting for the broker.
///
/// Only the DDS thread uses it. Records of an instance stay in order: one thread, one idempotent client, one key.
final class SampleForwarder {
    private let lanes: [TopicForwarder]
    private let sender: RecordSender
    private let metrics: ProducerMetrics
    private let leapSeconds: LeapSecondTable
    private let deadLetters: DeadLetterQueue
    private var records = RecordBuffer()
    /// Lost samples of all topics together.
    private var missing = 0

    init(
        _ lanes: [TopicForwarder], sender: RecordSender, metrics: ProducerMetrics, leapSeconds: LeapSecondTable,
        deadLetters: DeadLetterQueue
    ) {
        self.lanes = lanes
        self.sender = sender
        self.metrics = metrics
        self.leapSeconds = leapSeconds
        self.deadLetters = deadLetters
    }

    /// Forwards the samples of one reader.
    func forward(_ reader: Int, _ batch: borrowing SampleBatch) {
        let lane = lanes[reader]
        let now = tai()
        let missingBefore = lane.ledger.missing
        var received = 0
        var repaired = 0
        var bytes = 0
        for index in 0..<batch.count {
            let sample = batch[index]
            // A state change of an instance (disposed, no writers) is not a sample.
            guard sample.hasData else { continue }
            received += 1
            records.truncate()
            do throws(CDRFault) {
                let facts = try lane.transcoder.append(
                    sample.cdr, received: now, produced: now, schemaID: lane.schemaID, to: &records)
                let valueEnd = records.count
                lane.key.append(index: facts.index, to: &records)
                lane.ledger.note(sample.publication, facts.seqNum)
                repaired += facts.repairedBytes
                bytes += valueEnd
                send(lane, reader, facts, valueEnd)
            } catch {
                reject(lane, sample, error)
            }
        }
        lane.metrics.received.add(received)
        missing += lane.ledger.missing - missingBefore
        lane.metrics.lost.set(lane.ledger.missing)
        metrics.lost.set(missing)
        metrics.bytes.add(bytes)
        if repaired > 0 { metrics.repaired.add(repaired) }
    }

    private func send(_ lane: TopicForwarder, _ reader: Int, _ facts: SampleFacts, _ valueEnd: Int) {
        records.withBytes(0..<records.count) { bytes in
            let key = lane.key.isKeyless ? nil : UnsafeRawBufferPointer(rebasing: bytes[valueEnd...])
            let record = KafkaRecord(
                key: key, value: UnsafeRawBufferPointer(rebasing: bytes[..<valueEnd]),
                timestamp: Int64(facts.efdStamp * 1000),
                opaque: DeliveryMark(lane: reader, efdStamp: facts.efdStamp).raw)
            sender.send(lane.handle, record)
        }
    }

    /// Sends the sample byte for byte to the dead-letter topic. Cyclone validates samples first, so this is rare.
    private func reject(_ lane: TopicForwarder, _ sample: DDSSample, _ fault: CDRFault) {
        var kept = RecordStore()
        kept.append(key: nil, value: sample.cdr)
        let letter = DeadLetter(
            topic: lane.topic.kafkaTopicName, partition: -1, offset: -1, stage: .decoding,
            reason: fault.error(in: lane.topic), records: kept, row: 0)
        if case .sent = deadLetters.send([letter]) { lane.metrics.rejected.add() } else { metrics.undelivered.add() }
    }

    /// The current time as TAI seconds since 1970.
    private func tai() -> Double {
        let utc = WallClock.seconds()
        return (try? leapSeconds.tai(fromUTC: utc)) ?? utc
    }
}
