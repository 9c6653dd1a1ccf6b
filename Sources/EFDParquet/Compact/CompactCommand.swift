import EFDCore

/// `parquet-sink compact`: few large files instead of many small ones.
public enum CompactCommand {
    static let minimumAge = Setting<Double>.duration(
        "min-age", default: "2h", from: "0s", to: "365d",
        help: "Time since the end of a time partition after which its files are merged."
    ).formerly("settled-age")
    static let lookback = Setting<Double>.duration(
        "lookback", default: "8d", from: "1m", to: "36500d",
        help: "Age of the oldest time partitions to check: any of them may have received late rows.")
    static let targetSize = Setting<Int>.bytes(
        "target-size", default: "128MiB", from: "64kB", to: "16GiB",
        help: "Target size of merged files; files of at least half this size are left alone.")
    static let dryRun = Setting<Bool>.toggle("dry-run", help: "Only print which files would be merged.")

    public static let table = SettingsTable.process(
        "parquet-sink compact",
        summary:
            "Merges the small files of finished time partitions into few, sorted by event time; beside running sinks.",
        sections: [
            .init(
                "Files to merge",
                [
                    ParquetSettings.output.spec, ParquetSettings.pathPrefix.spec, VerifyCommand.topics.spec,
                    ParquetSettings.partitionLength.spec,
                    ParquetSettings.pathFormat.spec, minimumAge.spec, lookback.spec,
                ]),
            .init(
                "How",
                [
                    targetSize.spec, ParquetSettings.codec.spec, ParquetSettings.zstdLevel.spec,
                    ParquetSettings.realEncoding.spec, dryRun.spec,
                ]),
        ],
        examples: [
            "parquet-sink compact --output /efd",
            "parquet-sink compact --output /efd --topic-regex 'lsst\\.sal\\.MTM1M3\\..*' --lookback 60d --dry-run",
        ])

    public static var command: Program.Command {
        Program.Command("compact", summary: "Merge the small files of finished time partitions.") { arguments in
            Program.run(table, as: .command, arguments: arguments, check: check, body: run)
        }
    }

    private static func check(_ settings: Settings) throws(EFDError) {
        _ = try store(settings)
        _ = try PathLayout(settings)
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let compactor = try compactor(context.settings)
        // The folder that is being merged is completed.
        context.shutdown.set(.drain)
        let wanted = TopicFilter(include: context.settings[VerifyCommand.topics])
        let folders = try TopicFolders(in: compactor.store, wanted: wanted)
        let names = folders.names
        // An output without topics has nothing to merge yet; a pattern that matches none is mistyped.
        if names.isEmpty, !folders.isEmpty {
            throw folders.nothing(in: compactor.store, context.settings[VerifyCommand.topics])
        }
        var progress = ProgressLine("topics", of: names.count)
        var table = TextTable(
            ["TOPIC", "FOLDERS", "FILES", "MERGED TO", "ROWS", "MB", "MB THEN"], width: Terminal.width)
        var complaints: [String] = []
        var total = Compactor.Result()
        for name in names where !context.stop.isStopped {
            do throws(EFDError) {
                let result = try compactor.compact(name, stop: context.stop)
                if result.folders > 0 { table.add([name] + cells(result)) }
                total.add(result)
            } catch {
                complaints.append("\(name): \(error)")
            }
            progress.advance()
        }
        progress.end()
        table.add(["\(names.count) topics"] + cells(total))
        if !compactor.isDryRun, total.folders > 0 { MonotonicClock.sleep(seconds: FolderExchange.listingPatience) }
        Program.write(table.text + complaints.map { $0 + "\n" }.joined())
        if context.stop.isStopped {
            throw EFDError(
                .parquetCompactStopped, "stopped before all topics were checked; merged files stay merged")
        }
        guard complaints.isEmpty else {
            throw EFDError(
                .parquetCompactFailed, "\(complaints.count) topics could not be merged completely",
                remedy: "Run this again; nothing is lost.")
        }
    }

    private static func store(_ settings: Settings) throws(EFDError) -> LocalStore {
        guard case .folder(let path) = try OutputURL(settings) else {
            throw EFDError(
                .parquetCompactRefused,
                "files of an object store cannot be merged: it cannot replace several objects by one "
                    + "atomically",
                remedy: "Raise --rotate-age and --rotate-bytes of the sink, or merge a local copy.")
        }
        return LocalStore(root: path)
    }

    static func compactor(_ settings: Settings, now: Double = WallClock.seconds()) throws(EFDError) -> Compactor {
        let store = try store(settings)
        try store.checkThere()
        let layout = try PathLayout(settings)
        let endedBefore = now - settings[minimumAge]
        let last = layout.timePartition(microseconds: Int64(endedBefore * 1e6)) - 1
        let first = layout.timePartition(microseconds: Int64(max(0, now - settings[lookback]) * 1e6))
        return Compactor(
            store: store, staging: try store.makeStaging(), layout: layout,
            plan: MergePlan(targetBytes: settings[targetSize]), format: ParquetFormat(settings),
            timePartitions: min(last, first)...last,
            endedBefore: Int64(endedBefore), isDryRun: settings[dryRun])
    }

    private static func cells(_ result: Compactor.Result) -> [String] {
        [
            "\(result.folders)", "\(result.filesBefore)", "\(result.filesAfter)", "\(result.rows)",
            megabytes(result.bytesBefore),
            result.bytesAfter.map(megabytes) ?? "-",
        ]
    }

    private static func megabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e5).rounded() / 10)" }
}
