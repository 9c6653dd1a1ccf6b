import EFDKafka
import EFDSAL

/// The state for forwarding one topic. Not thread-safe; owned by the forwarding thread.
final class TopicForwarder {
    let topic: SALTopic
    let handle: KafkaTopicHandle
    let schemaID: Int32
    let key: SALKey
    let metrics: LaneMetrics
    var transcoder: CDRTranscoder
    var ledger = SequenceLedger()

    init(
        _ topic: SALTopic, handle: KafkaTopicHandle, schemaID: Int32, key: SALKey, transcoder: CDRTranscoder,
        metrics: LaneMetrics
    ) {
        self.topic = topic
        self.handle = handle
        self.schemaID = schemaID
        self.key = key
        self.transcoder = transcoder
        self.metrics = metrics
    }
}

/// The opaque value of a delivery report, in the 64 bits that librdkafka carries: the topic's index and when the sample
/// was sent.
struct DeliveryMark {
    /// Microseconds since 1970 modulo 2^48, which is 8.9 years.
    private static let timeBits: UInt = 48
    private static let timeMask: UInt = 1 << timeBits - 1

    let raw: UInt

    init(raw: UInt) { self.raw = raw }

    /// - Parameter efdStamp: UTC seconds since 1970.
    init(lane: Int, efdStamp: Double) {
        let micros = UInt(truncatingIfNeeded: Int64(max(0, min(efdStamp, 9e9)) * 1e6))
        raw = UInt(lane) << Self.timeBits | micros & Self.timeMask
    }

    var lane: Int { Int(raw >> Self.timeBits) }

    /// Seconds between the sample's stamp and `now` (UTC seconds since 1970); 0 for a stamp in the future.
    func age(now: Double) -> Double {
        let micros = UInt(truncatingIfNeeded: Int64(now * 1e6))
        let difference = (micros &- raw) & Self.timeMask
        return difference > Self.timeMask / 2 ? 0 : Double(difference) / 1e6
    }
}
