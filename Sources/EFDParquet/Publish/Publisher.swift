import EFDAvro
import EFDCore
import EFDSink
import Glibc

/// Publishes file sets. Not thread-safe; owned by one thread.
struct Publisher {
    enum Outcome {
        /// The bytes and number of files.
        case published(bytes: Int, files: Int)
        /// Another process publishes from this offset.
        case fenced(EFDError)
    }

    let store: any FileStore
    let staging: Staging
    let format: ParquetFormat
    let log: Log
    /// Schema ids whose text is already stored beside their topic.
    private var knownSchemas: Set<String> = []

    /// Older claims are obsolete, but one is kept in case a reader is looking for the newest at this moment.
    private static let claimsKept = 2

    init(store: any FileStore, staging: Staging, format: ParquetFormat, log: Log) {
        (self.store, self.staging, self.format, self.log) = (store, staging, format, log)
    }

    /// Writes the files, claims their offsets, and publishes them. After an error nothing is lost: the call can be
    /// repeated.
    ///
    /// - Parameter redo: the claim of an earlier process that this file set completes.
    mutating func publish(_ fileSet: FileSet, redo: Claim?) throws(EFDError) -> Outcome {
        let claim = fileSet.claim
        var bytes = 0
        var files: [(staged: String, path: String)] = []
        // Skips files that a store has moved; the next attempt rewrites those of a failed one.
        defer { for file in files { unlink(file.staged) } }
        for file in fileSet.files {
            files.append((staging.newPath(), file.path))
            bytes += try write(file, claim, to: files[files.count - 1].staged)
        }
        let lock = try store.holdFolders(of: claim.topic)
        defer { withExtendedLifetime(lock) {} }
        switch try take(claim, redo) {
        case .fenced(let error): return .fenced(error)
        // An earlier attempt failed after this point; the files may be merged by now.
        case .doneBefore: return .published(bytes: 0, files: 0)
        case .ours: break
        }
        try keepSchemas(fileSet)
        for file in files { try store.publish(file.staged, as: "\(claim.topic)/\(file.path)") }
        var done = claim
        done.isDone = true
        try store.replace("\(claim.topic)/\(Claim.folder)/\(claim.name)", done.text)
        try removeOldClaims(claim)
        return .published(bytes: bytes, files: files.count)
    }

    private func write(_ file: FileSet.File, _ claim: Claim, to path: String) throws(EFDError) -> Int {
        guard let first = file.parts.first else { return 0 }
        let output = try ParquetFile(path, columns: first.chunk.rows.plan.columns, format: format)
        for part in file.parts { try output.add(part.chunk.rows.columns, rows: part.rows) }
        return try output.close(FileFooter.make(file, claim))
    }

    private enum Taken {
        case ours, doneBefore
        case fenced(EFDError)
    }

    /// Claims the offsets.
    private func take(_ claim: Claim, _ redo: Claim?) throws(EFDError) -> Taken {
        let path = "\(claim.topic)/\(Claim.folder)/\(claim.name)"
        if try !store.create(path, claim.text) {
            let present = try Claim(store.read(path), path: path)
            // Ours, from an attempt that failed after this point; or the one to complete.
            if present.isSameWork(as: claim) {
                if present.isDone { return .doneBefore }
            } else {
                guard !present.isDone, present.isSameWork(as: redo) else {
                    return .fenced(Self.fenced(claim, by: present.next))
                }
                try supersede(present, by: claim, path)
            }
        }
        // A process that missed claims, since deleted, sees the later ones now.
        let later = try claims(claim.topic, claim.partition).filter { $0 > claim.from }
        guard let last = later.max() else { return .ours }
        try store.remove(path)
        return .fenced(Self.fenced(claim, by: last))
    }

    /// An unfinished claim whose offsets now give other files: the settings have changed, or Kafka has lost records.
    private func supersede(_ old: Claim, by claim: Claim, _ path: String) throws(EFDError) {
        log.warning(
            "files that a crash left unfinished are replaced by others: settings have changed, or Kafka no longer has "
                + "all records",
            [
                "topic": .text(claim.topic), "partition": .integer(Int(claim.partition)),
                "offset": .integer(Int(claim.from)),
            ])
        for file in old.files where !claim.files.contains(file) { try store.remove("\(claim.topic)/\(file)") }
        try store.replace(path, claim.text)
    }

    private static func fenced(_ claim: Claim, by offset: Int64) -> EFDError {
        EFDError(
            .parquetFenced,
            "\(claim.topic) partition \(claim.partition): another process publishes from offset \(claim.from) and has "
                + "reached \(offset)",
            remedy:
                "This one restarts after that offset. If it recurs, look for a second consumer group "
                + "that writes to the same output."
        )
    }

    /// The first offsets of a partition's claims.
    private func claims(_ topic: String, _ partition: Int32) throws(EFDError) -> [Int64] {
        try store.names(in: "\(topic)/\(Claim.folder)").compactMap { Claim.parse($0) }.filter {
            $0.partition == partition
        }.map(\.from)
    }

    private func removeOldClaims(_ claim: Claim) throws(EFDError) {
        let old = try claims(claim.topic, claim.partition).filter { $0 < claim.from }.sorted().dropLast(
            Self.claimsKept - 1)
        for from in old {
            try store.remove("\(claim.topic)/\(Claim.folder)/\(Claim.name(partition: claim.partition, from: from))")
        }
    }

    /// The history of a topic's schemas: one file each, with the offset at which it was first stored.
    private mutating func keepSchemas(_ fileSet: FileSet) throws(EFDError) {
        let claim = fileSet.claim
        for file in fileSet.files {
            guard let chunk = file.parts.first?.chunk.rows else { continue }
            let path = "\(claim.topic)/_schema/\(chunk.schemaID).json"
            if knownSchemas.contains(path) { continue }
            let entry: JSON = [
                "id": .integer(Int64(chunk.schemaID)), "partition": .integer(Int64(claim.partition)),
                "offset": .integer(file.name.first),
                "schema": chunk.plan.schema.document,
            ]
            _ = try store.create(path, entry.prettyText + "\n")
            knownSchemas.insert(path)
        }
    }
}

extension FileStore {
    /// The resume position of a partition, from its newest claim: after it if all of its files exist, else its first
    /// offset, to complete it.
    func position(of topic: String, _ partition: Int32) throws(EFDError) -> Position {
        guard let claim = try newestClaim(of: topic, partition, try claimNames(of: topic)) else { return .unknown }
        let after = Position(offset: claim.next, timestampBefore: claim.timestamp, from: claim.next)
        if claim.isDone { return after }
        for file in claim.files where try !exists("\(topic)/\(file)") {
            return Position(offset: claim.from, from: claim.from, redo: claim)
        }
        return after
    }

    /// The offset up to which files are published and final, by partition: later ones may be in publication.
    func claimed(of topic: String) throws(EFDError) -> [Int32: Int64] {
        let names = try claimNames(of: topic)
        var found: [Int32: Int64] = [:]
        for partition in Set(names.map(\.partition)) {
            guard let claim = try newestClaim(of: topic, partition, names) else { continue }
            found[partition] = claim.isDone ? claim.next : claim.from
        }
        return found
    }

    private func claimNames(of topic: String) throws(EFDError) -> [(partition: Int32, from: Int64)] {
        try names(in: "\(topic)/\(Claim.folder)").compactMap { Claim.parse($0) }
    }

    private func newestClaim(of topic: String, _ partition: Int32, _ names: [(partition: Int32, from: Int64)])
        throws(EFDError) -> Claim?
    {
        guard let from = names.filter({ $0.partition == partition }).map(\.from).max() else { return nil }
        let path = "\(topic)/\(Claim.folder)/\(Claim.name(partition: partition, from: from))"
        return try Claim(read(path), path: "\(root)/\(path)")
    }
}
