import EFDCore
import EFDS3
import EFDSink

/// The parquet-sink program: its settings, and the construction of its sinks.
public enum ParquetService {
    public static let plugin = SinkPlugin(
        name: "parquet-sink", summary: "Stores the records of Kafka topics as Parquet files, by topic and time.",
        sections: [ParquetSettings.section, S3Settings.standard.section],
        examples: [
            "parquet-sink --output s3://efd/parquet --s3-endpoint https://minio:9000 --bootstrap-servers kafka:9092 "
                + "--registry-url http://registry:8081",
            "parquet-sink --output /efd --bootstrap-servers kafka:9092 --registry-url http://registry:8081",
            "parquet-sink --output /efd --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --group-id efd.parquet-sink.m1m3 "
                + "--rotate-bytes 256MiB --memory-limit 1GiB",
        ],
        check: { (settings) throws(EFDError) in
            _ = try ParquetSink(settings, budget: MemoryBudget(limit: settings[MemoryBudget.setting]))
        },
        make: { (settings, scope, resources) throws(EFDError) in
            try ParquetSink(
                settings, budget: resources.memory(settings), metrics: scope.metrics, log: scope.log)
        })
}
