import EFDCore

/// Merges the small files of finished time partitions, topic by topic.
struct Compactor {
    struct Result {
        var folders = 0
        var filesBefore = 0
        var filesAfter = 0
        var rows = 0
        var bytesBefore = 0
        /// nil: unknown, as nothing was written.
        var bytesAfter: Int?

        mutating func add(_ other: Result) {
            folders += other.folders
            filesBefore += other.filesBefore
            filesAfter += other.filesAfter
            rows += other.rows
            bytesBefore += other.bytesBefore
            if let bytes = other.bytesAfter { bytesAfter = (bytesAfter ?? 0) + bytes }
        }
    }

    let store: LocalStore
    let staging: Staging
    let layout: PathLayout
    let plan: MergePlan
    let format: ParquetFormat
    /// The numbers of the time partitions to check.
    let timePartitions: ClosedRange<Int64>
    /// The second at which a time partition must have ended.
    let endedBefore: Int64
    let isDryRun: Bool

    /// Maximum wait for a publication of the sink, in seconds.
    private static let lockPatience = 10.0

    func compact(_ topic: String, stop: StopToken) throws(EFDError) -> Result {
        var result = Result()
        if !isDryRun { result.bytesAfter = 0 }
        // Files after these offsets may be in publication, or be rebuilt by the next sink: leave them alone.
        let claimed = try store.claimed(of: topic)
        for folder in Set(timePartitions.map { layout.folder($0) }).sorted() where !stop.isStopped {
            let path = "\(topic)/\(folder)"
            // Check sizes first: most folders have nothing to merge.
            let files = try store.files(below: path).filter { plan.isSmall(bytes: $0.size) }
            guard files.count > 1 else { continue }
            var records: [FileRecord] = []
            for file in files {
                guard let name = FileName(file.name), name.topic == topic else { continue }
                let record = try FileRecord(file, name: name, in: store)
                if record.folder == path, record.end <= endedBefore,
                    record.origins.allSatisfy({ $0.fileSet.next <= claimed[name.partition] ?? 0 })
                {
                    records.append(record)
                }
            }
            let groups = plan.groups(records)
            if !groups.isEmpty { try merge(groups, topic, path, &result) }
        }
        return result
    }

    private func merge(_ groups: [[FileRecord]], _ topic: String, _ folder: String, _ result: inout Result)
        throws(EFDError)
    {
        for group in groups {
            result.filesBefore += group.count
            result.bytesBefore += group.reduce(0) { $0 + $1.bytes }
            result.rows += group.reduce(0) { $0 + $1.rows }
        }
        result.folders += 1
        result.filesAfter += groups.count
        if isDryRun { return }
        var merged: [MergedFile] = []
        for group in groups { merged.append(try MergedFile(group, store: store, staging: staging, format: format)) }
        guard let lock = try FolderLock(topic, in: store, .exclusive, patience: Self.lockPatience) else {
            throw EFDError(
                .parquetTopicBusy, "the sink has published files of \(topic) for \(Int(Self.lockPatience)) s",
                remedy: "Run this again later.")
        }
        try withExtendedLifetime(lock) { () throws(EFDError) in
            try FolderExchange(store: store, staging: staging).publish(merged, in: folder)
        }
        result.bytesAfter = (result.bytesAfter ?? 0) + merged.reduce(0) { $0 + $1.bytes }
    }
}
