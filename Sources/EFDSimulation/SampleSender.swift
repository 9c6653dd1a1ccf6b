import EFDCore
import EFDDDS
import EFDKafka
import EFDRegistry
import EFDSAL

/// The destination of simulated samples. Streams are numbered in the order in which they were opened.
protocol SampleSender: AnyObject {
    /// Opens a stream for each entry: one for each topic and instance.
    func open(_ topics: [SALTopic]) throws(EFDError)
    /// Waits for readers, at most `seconds`. Returns the number of streams without one.
    func waitForReaders(seconds: Double, stop: StopToken) -> Int
    /// Sends a sample; `stamp` is its UTC time in seconds since 1970.
    func send(_ stream: Int, _ cdr: UnsafeRawBufferPointer, stamp: Double) throws(EFDError)
    /// Waits until all is received. Returns the number of samples known to be lost.
    func finish() -> Int
}

/// Real DDS samples: a writer for each stream, as each controller has its own.
final class DDSSender: SampleSender {
    private let participant: DDSParticipant
    private let settings: Settings
    private var writers: [DDSWriter] = []

    init(_ settings: Settings) throws(EFDError) {
        self.settings = settings
        participant = try DDSSettings.participant(settings)
    }

    func open(_ topics: [SALTopic]) throws(EFDError) {
        for topic in topics {
            let partition = topic.ddsPartition(prefix: settings[DDSSettings.partitionPrefix])
            writers.append(
                try DDSWriter(
                    participant, topic, partition: partition, qos: DDSSettings.qos(for: topic.kind, settings)))
        }
    }

    func waitForReaders(seconds: Double, stop: StopToken) -> Int {
        let deadline = MonotonicClock.seconds() + seconds
        while true {
            let lonely = writers.filter { $0.matchedReaders == 0 }.count
            if lonely == 0 || MonotonicClock.seconds() >= deadline || stop.wait(seconds: 0.05) { return lonely }
        }
    }

    func send(_ stream: Int, _ cdr: UnsafeRawBufferPointer, stamp: Double) throws(EFDError) {
        while true {
            do throws(EFDError) { return try writers[stream].write(cdr, timestamp: Int64(stamp * 1e9)) } catch {
                // A reliable writer waits for its slowest reader; the sample is retried.
                guard error.isRetriable else { throw error }
            }
        }
    }

    func finish() -> Int { writers.filter { !$0.waitForAcknowledgements(seconds: 10) }.count }
}

/// Records produced directly to Kafka, in the format of salkafka-producer.
final class KafkaSender: SampleSender {
    private struct Stream {
        let handle: KafkaTopicHandle
        let schemaID: Int32
        let key: SALKey
        var transcoder: CDRTranscoder
    }

    private let context: ProgramContext
    private let registry: RegistryClient
    private let admin: KafkaAdmin
    private let producer: KafkaProducer
    private let failed = Counter()
    private var streams: [Stream] = []
    private var records = RecordBuffer()

    init(_ context: ProgramContext) throws(EFDError) {
        self.context = context
        registry = RegistryClient(try RegistrySettings.standard.options(context.settings, stop: context.stop))
        var properties = try KafkaSettings.standard.properties(context.settings)
        admin = try KafkaAdmin(properties)
        if properties["queue.buffering.max.messages"] == nil {
            try properties.set("queue.buffering.max.messages", "500000")
        }
        let failed = failed
        producer = try KafkaProducer(properties, hooks: KafkaHooks(log: context.log, clientID: "efd-simulate")) {
            reports in
            for report in reports where report.error.isError { failed.add() }
        }
    }

    /// Opens none if the process stops before the registry and the cluster answer.
    func open(_ topics: [SALTopic]) throws(EFDError) {
        let mapping = context.settings[SimulateSettings.mapping]
        let onRetry = { [log = context.log] (error: EFDError) in log.warning("retrying before first sample", error) }
        let schemas = try topics.map { topic throws(EFDError) in
            SubjectSchema(subject: topic.subject, text: try mapping.schemaText(of: topic))
        }
        guard let ids = try registry.register(schemas, retrying: context.stop, onRetry: onRetry) else { return }
        if context.settings[SimulateSettings.createTopics] {
            let wanted = Set(topics.map(\.kafkaTopicName)).sorted().map {
                NewTopic($0, partitions: context.settings[SimulateSettings.partitions])
            }
            guard try admin.ensureTopics(wanted, retrying: context.stop, onRetry: onRetry) != nil else { return }
        }
        for (topic, id) in zip(topics, ids) {
            streams.append(
                Stream(
                    handle: try producer.topic(topic.kafkaTopicName), schemaID: id, key: SALKey(topic),
                    transcoder: CDRTranscoder(topic, mapping: mapping)))
        }
    }

    func waitForReaders(seconds: Double, stop: StopToken) -> Int { 0 }

    func send(_ stream: Int, _ cdr: UnsafeRawBufferPointer, stamp: Double) throws(EFDError) {
        records.truncate()
        let key = streams[stream].key
        let (handle, schemaID) = (streams[stream].handle, streams[stream].schemaID)
        let valueEnd: Int
        do throws(CDRFault) {
            let tai = stamp + 37
            let facts = try streams[stream].transcoder.append(
                cdr, received: tai, produced: tai, schemaID: schemaID, to: &records)
            valueEnd = records.count
            key.append(index: facts.index, to: &records)
        } catch {
            throw EFDError(.simulateSampleMalformed, "a simulated sample cannot be transcoded: \(error)")
        }
        while true {
            let outcome = records.withBytes(0..<records.count) { bytes in
                let keyBytes = key.isKeyless ? nil : UnsafeRawBufferPointer(rebasing: bytes[valueEnd...])
                return producer.produce(
                    handle,
                    KafkaRecord(
                        key: keyBytes, value: UnsafeRawBufferPointer(rebasing: bytes[..<valueEnd]),
                        timestamp: Int64(stamp * 1000)))
            }
            switch outcome {
            case .queued: return
            case .queueFull: MonotonicClock.sleep(seconds: 0.002)
            case .failed(let code):
                throw EFDError(.simulateRecordRefused, "Kafka rejected a record of \(handle.name): \(code)")
            }
        }
    }

    func finish() -> Int { producer.close(flushSeconds: 60) + failed.value }
}
