import EFDCore
import EFDSink

/// The influx-sink program: its settings, and the construction of its sinks.
public enum InfluxService {
    public static let plugin = SinkPlugin(
        name: "influx-sink", summary: "Stores the records of Kafka topics as points in InfluxDB.",
        sections: [InfluxSettings.section],
        examples: [
            "influx-sink --bootstrap-servers kafka:9092 --registry-url http://registry:8081 --influxdb-url "
                + "http://influxdb:8086 --retention 30d",
            "influx-sink --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --group-id efd.influx-sink.m1m3 --writers 4",
        ],
        check: { (settings) throws(EFDError) in _ = try InfluxSink(settings) },
        make: { (settings, scope, _) throws(EFDError) in
            try InfluxSink(settings, metrics: scope.metrics, log: scope.log, stop: scope.stop)
        })
}
