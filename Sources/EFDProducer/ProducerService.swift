import EFDCore
import EFDDDS
import EFDHTTP
import EFDKafka
import EFDRegistry
import EFDSAL

/// salkafka-producer as a running process: its threads, their owner, their bounds and their shutdown.
///
///     DDS thread (this one): take, transcode, pass to the Kafka client or, if it is full, to the spool
///     kafka-delivery: reports of the client     spool: sends the spooled records
///     dead-letters: rejected records             status: gauges, readiness
///
/// SIGTERM: the DDS thread ends, the client is flushed, undelivered records go to the spool.
public struct ProducerService {
    private let context: ProgramContext
    private let metrics: ProducerMetrics

    private init(_ context: ProgramContext) {
        self.context = context
        metrics = ProducerMetrics(context.metrics, byTopic: context.settings[ProducerSettings.metricsByTopic])
    }

    /// Checks settings and IDL without touching the network.
    public static func check(_ settings: Settings) throws(EFDError) {
        if settings[ProducerSettings.showSchema] { return }
        let catalogue = try Catalogue(settings)
        if let name = settings[ProducerSettings.printSchema] { _ = try catalogue.topic(named: name) }
        _ = try leapSeconds(settings)
        try ProducerSettings.kafka.check(settings, for: [.producing])
        try ProducerSettings.registry.check(settings)
        _ = try DDSSettings.configuration(settings)
    }

    /// Prints what was requested, or forwards until the process is stopped. Throws errors that a person must resolve.
    public static func run(_ context: ProgramContext) throws(EFDError) {
        if let text = try report(context.settings, context) {
            Program.write(text)
        } else {
            try ProducerService(context).run()
        }
    }

    /// The text that a program prints instead of running; nil: it runs.
    private static func report(_ settings: Settings, _ context: ProgramContext) throws(EFDError) -> String? {
        if settings[ProducerSettings.showSchema] { return TopicSets.schema.prettyText + "\n" }
        let catalogue = try Catalogue(settings)
        if settings[ProducerSettings.validate] { return "settings and \(catalogue.topics.count) topics are valid\n" }
        if let name = settings[ProducerSettings.printSchema] {
            return try JSON.parse(try catalogue.topic(named: name).schemaText).prettyText + "\n"
        }
        guard settings[ProducerSettings.dryRun] else { return nil }
        context.shutdown.set(.abandon)
        let service = ProducerService(context)
        let admin = try KafkaAdmin(try service.properties(), hooks: service.hooks)
        return try DryRun(catalogue: catalogue, registry: try service.registry(), admin: admin).table()
    }

    private func run() throws(EFDError) {
        let settings = context.settings
        context.shutdown.set(.idle)
        let pages = try OperationsServer(
            settings[OperationsServer.listen], metrics: context.metrics, health: context.health, log: context.log)
        defer { pages.stop() }
        let catalogue = try Catalogue(settings)
        let leapSeconds = try Self.leapSeconds(settings)
        warn(leapSeconds)
        let admin = try KafkaAdmin(try properties(), hooks: hooks)
        let setup = OutputSetup(registry: try registry(), admin: admin, context: context)
        guard let ids = try setup.run(catalogue.topics) else { return }
        let spool = try settings[ProducerSettings.spoolDirectory].map { folder throws(EFDError) in
            try Spool(folder: folder, limit: settings[ProducerSettings.spoolLimit], log: context.log)
        }
        let watch = DeliveryHandler(metrics: metrics, spool: spool, log: context.log)
        let producer = try KafkaProducer(
            try properties(), hooks: hooks, undelivered: { message, code in watch.keep(message, code) },
            deliver: { reports in watch.report(reports) })
        let lanes = try lanes(catalogue, ids, producer, leapSeconds)
        watch.set(lanes.map(\.metrics))
        DDSLog.install(context.log, dropped: metrics.dropped)
        let readers = try readers(catalogue, cluster: admin.connection.status == .up ? admin.clusterID : nil)
        try forward(lanes, readers, leapSeconds, producer, spool, watch)
    }

    private func forward(
        _ lanes: [TopicForwarder], _ readers: DDSReaderSet, _ leapSeconds: LeapSecondTable, _ producer: KafkaProducer,
        _ spool: Spool?, _ watch: DeliveryHandler
    ) throws(EFDError) {
        let settings = context.settings
        let sender = RecordSender(
            producer, spool: spool, watch: watch, metrics: metrics, log: context.log, stop: context.stop)
        let forwarder = SampleForwarder(
            lanes, sender: sender, metrics: metrics, leapSeconds: leapSeconds, deadLetters: letters(0, try properties())
        )
        let threads = ThreadGroup()
        let drainStop = StopToken()
        if let spool {
            let indices = Dictionary(uniqueKeysWithValues: lanes.enumerated().map { ($1.topic.kafkaTopicName, $0) })
            let drain = SpoolDrain(
                spool: spool, producer: producer, watch: watch, lanes: indices, metrics: metrics, log: context.log,
                stop: drainStop)
            threads.add(JoinableThread("spool") { drain.run() })
        }
        let refused = letters(1, try properties())
        let (metrics, stop) = (metrics, context.stop)
        threads.add(
            JoinableThread("dead-letters") {
                watch.sendDeadLetters(refused) { topic in metrics.lane(topic).rejected.add() }
            }
        )
        let status = StatusMonitor(producer: producer, readers: readers, metrics: metrics, context: context)
        threads.add(JoinableThread("status") { status.run() })
        context.log.info(
            "forwarding",
            [
                "topics": .integer(lanes.count), "domain": .integer(settings[DDSSettings.domain]),
                "partition": .text(settings[DDSSettings.partitionPrefix]),
            ])
        context.health.set(
            "dds", isMet: true, "\(lanes.count) topics subscribed in DDS domain \(settings[DDSSettings.domain])")

        context.shutdown.set(.drain)
        let outcome = Result { () throws(EFDError) in
            try readers.run(until: stop) { reader, batch in forwarder.forward(reader, batch) }
        }
        stop.stop()
        drainStop.stop()
        let isAway = producer.connection.isAway
        let patience = isAway ? Self.patienceWithoutKafka : settings[CommonSettings.shutdownTimeout] * 0.6
        let purged = producer.close(flushSeconds: patience)
        if purged > 0 { reportPurged(purged, isKept: spool != nil) }
        // Dead letters cannot be sent either.
        if isAway { context.shutdown.set(.idle) }
        watch.close()
        threads.join()
        context.log.info("every record was acknowledged or kept", ["undelivered": .integer(metrics.undelivered.value)])
        try outcome.get()
    }

    /// Seconds that a stop waits for brokers that do not answer.
    private static let patienceWithoutKafka = 1.0

    private func reportPurged(_ records: Int, isKept: Bool) {
        if isKept {
            context.log.warning("the spool keeps what Kafka did not accept", ["records": .integer(records)])
        } else {
            metrics.undelivered.add(records)
            context.log.error(
                "records are lost: Kafka did not accept them before the stop, and there is no --spool-dir",
                ["records": .integer(records)])
        }
    }

    // MARK: Parts

    private var hooks: KafkaHooks {
        KafkaHooks(log: context.log, metrics: context.metrics, clientID: context.settings.table.program)
    }

    /// The client never gives up on a record by itself: its memory is bounded, and the spool takes the excess.
    private func properties() throws(EFDError) -> KafkaProperties {
        var properties = try ProducerSettings.kafka.properties(context.settings)
        for (key, value) in [
            ("delivery.timeout.ms", "0"),
            ("queue.buffering.max.kbytes", String(context.settings[ProducerSettings.queueBytes] / 1024)),
            ("queue.buffering.max.messages", "1000000"),
        ] where properties[key] == nil {
            try properties.set(key, value)
        }
        return properties
    }

    private func registry() throws(EFDError) -> RegistryClient {
        RegistryClient(try ProducerSettings.registry.options(context.settings, stop: context.stop))
    }

    private static func leapSeconds(_ settings: Settings) throws(EFDError) -> LeapSecondTable {
        guard let path = settings[ProducerSettings.leapSeconds] else { return .builtIn }
        return try LeapSecondTable(parsing: try Files.read(path), file: path)
    }

    private func warn(_ table: LeapSecondTable) {
        if table.isExpired(atUTC: WallClock.seconds()) {
            context.log.warning(
                "the leap second table has expired: set --leap-seconds to a newer one, or private_efdStamp may be "
                    + "wrong by a second"
            )
        }
        if context.settings[ProducerSettings.waitAck] != .all {
            context.log.info("--wait-ack has no effect: every record is acknowledged by all in-sync replicas")
        }
    }

    private func letters(_ task: Int, _ properties: KafkaProperties) -> DeadLetterQueue {
        DeadLetterQueue(
            properties, topic: context.settings[ProducerSettings.deadLetterTopic],
            connector: context.settings.table.program, task: task, hooks: hooks,
            scope: context.scope)
    }

    private func lanes(
        _ catalogue: Catalogue, _ ids: [Int32], _ producer: KafkaProducer, _ leapSeconds: LeapSecondTable
    ) throws(EFDError) -> [TopicForwarder] {
        let settings = context.settings
        return try zip(catalogue.topics, ids).map { entry, id throws(EFDError) in
            let topic = entry.topic
            return TopicForwarder(
                topic, handle: try producer.topic(topic.kafkaTopicName), schemaID: id,
                key: SALKey(topic, policy: settings[ProducerSettings.key]),
                transcoder: CDRTranscoder(topic, mapping: settings[ProducerSettings.mapping], leapSeconds: leapSeconds),
                metrics: metrics.lane(topic.kafkaTopicName))
        }
    }

    /// One reader per topic, in the order of the topics, marked with the destination: two producers with the same
    /// would publish each sample twice.
    ///
    /// - Parameter cluster: Kafka's cluster id, if known.
    private func readers(_ catalogue: Catalogue, cluster: String?) throws(EFDError) -> DDSReaderSet {
        let settings = context.settings
        let participant = try DDSSettings.participant(settings)
        let servers = try properties().bootstrapServers
        let readers = try DDSReaderSet(participant, mark: "salkafka-producer to \(cluster ?? servers)")
        for entry in catalogue.topics {
            var qos = DDSSettings.qos(for: entry.topic.kind, settings)
            if let depth = entry.historyDepth { qos.historyDepth = max(depth, qos.historyDepth) }
            try readers.add(
                entry.topic, partition: entry.topic.ddsPartition(prefix: settings[DDSSettings.partitionPrefix]),
                qos: qos)
        }
        return readers
    }
}
