import EFDCore
import EFDSink

/// The influx-sink program: what it can be told, and how it runs.
public enum InfluxService {
    public static let table = SettingsTable.process(
        "influx-sink", summary: "Stores the records of Kafka topics as points in InfluxDB.",
        sections: [InfluxSettings.section] + SinkSettings.connectorSections + SinkSettings.processSections,
        examples: [
            "influx-sink --bootstrap-servers kafka:9092 --registry-url http://registry:8081 --influxdb-url "
                + "http://influxdb:8086 --retention 30d",
            "influx-sink --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --group-id efd.influx-sink.m1m3 --writers 4",
        ])

    /// All that a start refuses without touching the network.
    public static func check(_ settings: Settings) throws(EFDError) {
        _ = try InfluxSink(settings)
        try SinkChecks.check(settings)
    }

    /// Runs until the process is told to stop.
    public static func run(_ context: ProgramContext) throws(EFDError) {
        let sink = try InfluxSink(context.settings, metrics: context.metrics, log: context.log, stop: context.stop)
        try SinkService(sink, context: context).run()
    }
}
