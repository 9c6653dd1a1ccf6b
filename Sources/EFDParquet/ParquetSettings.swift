import EFDCore
import EFDSink

/// The settings of the Parquet writer.
public enum ParquetSettings {
    public static let output = Setting<String>.text(
        "output", "URL", default: nil, help: "Destination: a folder, file:///folder or s3://bucket/prefix.")
    public static let pathPrefix = Setting<String>.text(
        "path-prefix", "FOLDERS", default: "",
        help: "Folders between the output and the topics' folders, such as topics or efd/summit."
    ).aliases("topics.dir")
    public static let stagingFolder = Setting<String?>.optionalFile(
        "staging-dir", "FOLDER",
        help:
            "Folder for files of an s3:// output before their upload; default: parquet-sink in TMPDIR or "
            + "/tmp. Local outputs use their folder _staging."
    )
    public static let partitionLength = Setting<Double>.duration(
        "partition-length", default: "1h", from: "1m", to: "366d",
        help: "Length of the time partitions, which divide rows by their event time."
    )
    public static let pathFormat = Setting<String>.text(
        "path-format", "FORMAT", default: "year=%Y/month=%m/day=%d/hour=%H",
        help: "Folders of a time partition, from its start in UTC, in the syntax of strftime(3)."
    )
    static let codec = Setting<ParquetCodec>.choice("codec", default: .zstd, help: "Compression of pages.").aliases(
        "parquet.codec")
    public static let zstdLevel = Setting<Int>.integer(
        "zstd-level", default: 3, in: 1...19, help: "Level of zstd: higher levels are smaller and slower.")
    static let realEncoding = Setting<RealEncoding>.choice(
        "real-encoding", default: .byteStreamSplit,
        help: "Encoding of reals; plain is larger, for readers that support no other, such as Spark 3.")
    public static let rotateRows = Setting<Int>.integer(
        "rotate-rows", "ROWS", default: 1_000_000, in: 1...100_000_000,
        help: "Number of buffered rows of a partition at which its files are published."
    ).aliases("flush.size")
    public static let rotateBytes = Setting<Int>.bytes(
        "rotate-bytes", default: "64MiB", from: "64kB", to: "16GiB",
        help: "Memory of a partition's buffered rows at which its files are published.")
    public static let rotateAge = Setting<Double>.duration(
        "rotate-age", default: "75m", from: "1s", to: "30d",
        help: "Longest time a row is buffered before it is published.")
    public static let rotateIdle = Setting<Double>.duration(
        "rotate-idle", default: "1h", from: "1s", to: "30d",
        help: "Time without new rows after which a partition's rows are published.")
    public static let rotateSpan = Setting<Int>.integer(
        "rotate-span", "PARTITIONS", default: 1, in: 1...10_000,
        help:
            "Number of newer time partitions at which older ones are published: with 1, an hour's rows once the next "
            + "hour has begun."
    )

    public static let section = SettingsTable.Section(
        "Parquet",
        [
            output.spec, pathPrefix.spec, stagingFolder.spec, partitionLength.spec, pathFormat.spec,
            EventTimeSettings.field.spec, EventTimeSettings.unit.spec, codec.spec, zstdLevel.spec, realEncoding.spec,
            rotateRows.spec, rotateBytes.spec, rotateAge.spec, rotateIdle.spec, rotateSpan.spec,
            MemoryBudget.setting.spec,
        ])
}
