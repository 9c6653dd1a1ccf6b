import CPosix
import EFDCore
import EFDS3
import EFDSink

/// The parquet-sink program: what it can be told, and how it runs.
public enum ParquetService {
    public static let table = SettingsTable.process(
        "parquet-sink", summary: "Stores the records of Kafka topics as Parquet files, by topic and time.",
        sections: [ParquetSettings.section, S3Settings.standard.section] + SinkSettings.connectorSections
            + SinkSettings.processSections,
        examples: [
            "parquet-sink --output s3://efd/parquet --s3-endpoint https://minio:9000 --bootstrap-servers kafka:9092 "
                + "--registry-url http://registry:8081",
            "parquet-sink --output /efd --bootstrap-servers kafka:9092 --registry-url http://registry:8081",
            "parquet-sink --output /efd --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --group-id efd.parquet-sink.m1m3 "
                + "--rotate-bytes 256MiB --memory-limit 1GiB",
        ])

    /// Blocks of up to so many bytes come from the heap, which keeps as much: chunks of rows and pages come and go all
    /// the time.
    private static let keptHeap: Int32 = 1 << 20

    /// All that a start refuses without touching the network.
    public static func check(_ settings: Settings) throws(EFDError) {
        _ = try ParquetSink(settings)
        try SinkChecks.check(settings)
    }

    /// Runs until the process is told to stop.
    public static func run(_ context: ProgramContext) throws(EFDError) {
        posix_keep_heap(Self.keptHeap)
        let sink = try ParquetSink(context.settings, metrics: context.metrics, log: context.log)
        try SinkService(sink, context: context).run()
    }
}
