/// Transcodes a topic's DDS samples to Kafka record values: CDR bytes to Avro bytes, without intermediate values.
///
/// Compiled once for a topic and a mapping. Allocates nothing per sample except for the buffer's growth. Each thread
/// needs its own copy.
///
/// - `private_efdStamp` and `private_kafkaStamp` are added first; `private_rcvStamp` is replaced by the time of
///   reception.
/// - `unsigned long long` above `Int64.max` keeps its bits, so that it reads as a negative `long` (add 2^64 to get it
///   back).
/// - `char` is its number from 0 to 255.
/// - Strings become UTF-8 without losing a byte; see `SampleFacts.repairedBytes`.
public struct CDRTranscoder: Sendable {
    private let steps: [TranscodeStep]
    /// Maximum bytes of a record, besides its strings.
    private let recordLimit: Int
    private let leapSeconds: LeapSecondTable
    /// The leap second range of the last sample, so that the next needs no search.
    private var interval = LeapSecondInterval(start: .infinity, end: .infinity, difference: 0)

    /// Confluent's wire format: a zero byte and the schema id.
    private static let headerSize = 5
    private static let stampsSize = 16

    public init(_ topic: SALTopic, mapping: AvroMapping = .wide, leapSeconds: LeapSecondTable = .builtIn) {
        steps = TranscodeStep.compile(topic, mapping: mapping)
        recordLimit = Self.headerSize + Self.stampsSize + TranscodeStep.avroLimit(steps)
        self.leapSeconds = leapSeconds
    }

    /// Appends the record value of one sample: five bytes of Confluent header, then Avro.
    ///
    /// - Parameters:
    ///   - sample: CDR with its four-byte header. Bytes after the last field are ignored.
    ///   - received: time at which the sample was taken from DDS, for `private_rcvStamp`: TAI seconds since 1970.
    ///   - produced: time at which the record is created, for `private_kafkaStamp`: TAI seconds since 1970.
    /// - Throws: the fault of the sample; `buffer` is then unchanged.
    public mutating func append(
        _ sample: UnsafeRawBufferPointer, received: Double, produced: Double, schemaID: Int32,
        to buffer: inout RecordBuffer
    ) throws(CDRFault) -> SampleFacts {
        guard let base = sample.baseAddress, sample.count >= CDRCursor.headerSize else {
            throw CDRFault(kind: .truncated, offset: sample.count, field: -1)
        }
        let id = UInt16(bigEndian: base.loadUnaligned(as: UInt16.self))
        guard let encoding = CDREncoding(id: id) else { throw CDRFault(kind: .encapsulation(id), offset: 0, field: -1) }

        // A byte of a string becomes at most two.
        let start = buffer.room(recordLimit + 2 * sample.count)
        var output = AvroOutput(at: start)
        output.byte(0)
        output.fixed(schemaID.byteSwapped)
        let stamps = output.at
        output.at += Self.stampsSize

        var run = TranscodeRun(
            input: CDRCursor(sample, maxAlignment: encoding.maxAlignment), output: output, received: received)
        if encoding.isLittleEndian == isHostLittleEndian {
            try run.walk(steps, swap: false)
        } else {
            try run.walk(steps, swap: true)
        }
        setTime(&run.facts, received: received)
        output.at = stamps
        output.double(run.facts.efdStamp)
        output.double(produced)
        buffer.commit(run.output.at - start)
        return run.facts
    }

    /// A sender's invalid clock must not cost the sample: the record then has the time of its reception.
    @inline(__always)
    private mutating func setTime(_ facts: inout SampleFacts, received: Double) {
        if !interval.contains(tai: facts.sndStamp) { findInterval(&facts, received: received) }
        facts.efdStamp = (facts.hasSubstituteTime ? received : facts.sndStamp) - interval.difference
    }

    @inline(never)
    private mutating func findInterval(_ facts: inout SampleFacts, received: Double) {
        if let found = try? leapSeconds.interval(atTAI: facts.sndStamp) {
            interval = found
            return
        }
        facts.hasSubstituteTime = true
        if let found = try? leapSeconds.interval(atTAI: received) { interval = found }
    }
}
