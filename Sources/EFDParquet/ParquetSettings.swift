import EFDCore
import EFDSink

/// The settings of the Parquet writer.
public enum ParquetSettings {
    public static let output = Setting<String>.text(
        "output", "URL", default: nil, help: "Where the files go: a folder, file:///folder or s3://bucket/prefix.")
    public static let pathPrefix = Setting<String>.text(
        "path-prefix", "FOLDERS", default: "",
        help: "Folders below the output that the topics' own folders lie in, as in topics or efd/summit."
    ).aliases("topics.dir")
    public static let stagingFolder = Setting<String?>.optionalFile(
        "staging-dir", "FOLDER",
        help:
            "Folder for files of an s3:// output until they are uploaded; else one called parquet-sink in TMPDIR or "
            + "/tmp. In other outputs it is _staging."
    )
    public static let partitionLength = Setting<Double>.duration(
        "partition-length", default: "1h", from: "1m", to: "366d",
        help: "Length of the time partitions that rows are sorted into, by the time of their event."
    )
    public static let pathFormat = Setting<String>.text(
        "path-format", "FORMAT", default: "year=%Y/month=%m/day=%d/hour=%H",
        help: "Folders of a time partition, from its beginning in UTC, as strftime(3) has it."
    )
    static let codec = Setting<ParquetCodec>.choice("codec", default: .zstd, help: "How pages are compressed.").aliases(
        "parquet.codec")
    public static let zstdLevel = Setting<Int>.integer(
        "zstd-level", default: 3, in: 1...19, help: "Level of zstd: higher is smaller and slower.")
    static let realEncoding = Setting<RealEncoding>.choice(
        "real-encoding", default: .byteStreamSplit,
        help: "How reals are encoded; plain is larger, and for readers that know no other, as Spark 3.")
    public static let rotateRows = Setting<Int>.integer(
        "rotate-rows", "ROWS", default: 1_000_000, in: 1...100_000_000,
        help: "Rows of a partition after which its files are published."
    ).aliases("flush.size")
    public static let rotateBytes = Setting<Int>.bytes(
        "rotate-bytes", default: "64MiB", from: "64kB", to: "16GiB",
        help: "Bytes in memory after which a partition's files are published.")
    public static let rotateAge = Setting<Double>.duration(
        "rotate-age", default: "75m", from: "1s", to: "30d",
        help: "Longest time a row is buffered before it is published.")
    public static let rotateIdle = Setting<Double>.duration(
        "rotate-idle", default: "1h", from: "1s", to: "30d",
        help: "Time without new rows after which a partition's rows are published.")
    public static let rotateSpan = Setting<Int>.integer(
        "rotate-span", "PARTITIONS", default: 1, in: 1...10_000,
        help:
            "Time partitions after which those before the newest are published: with 1, an hour's rows once the next "
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
