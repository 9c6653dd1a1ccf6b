import EFDCore

/// Commit intent, a write-ahead record: the offsets of a partition that are published next, and the files.
///
/// Created before the first of the files, once for each first offset. A process that finds a claim with missing files
/// builds the same files again, from the same offsets; a process that wants to publish from an offset that another has
/// claimed is fenced.
struct Claim: Sendable, Equatable {
    let topic: String
    let partition: Int32
    /// The file set covers offsets from here up to, but not including, `next`.
    let from: Int64
    let next: Int64
    /// Paths of the files below the topic's folder.
    let files: [String]
    /// Kafka's timestamp of the record before `next`, in milliseconds since 1970; nil: it has none, or the claim is of
    /// a version that wrote none.
    var timestamp: Int64?
    /// All files were published. By now they may be merged into others.
    var isDone = false

    static let folder = "_progress"

    static func name(partition: Int32, from: Int64) -> String {
        "\(partition)+\(from.zeroPadded(to: FileName.digits)).json"
    }
    var name: String { Self.name(partition: partition, from: from) }

    /// Whether both name the same files for the same offsets.
    func isSameWork(as other: Claim?) -> Bool {
        other.map { ($0.topic, $0.partition, $0.from, $0.next) == (topic, partition, from, next) && $0.files == files }
            ?? false
    }

    /// The partition and first offset in a claim's name; nil: not a name of this program.
    static func parse(_ name: String) -> (partition: Int32, from: Int64)? {
        guard name.hasSuffix(".json") else { return nil }
        let parts = name.dropLast(5).split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let from = Int64(parts[1]) else { return nil }
        return (partition, from)
    }

    var text: String {
        let document: JSON = [
            "topic": .string(topic), "partition": .integer(Int64(partition)), "from": .integer(from),
            "next": .integer(next),
            "files": .array(files.map { .string($0) }), "done": .bool(isDone),
            "timestamp": timestamp.map { .integer($0) } ?? .null,
        ]
        return document.text + "\n"
    }

    init(topic: String, partition: Int32, from: Int64, next: Int64, files: [String], timestamp: Int64? = nil) {
        (self.topic, self.partition, self.from, self.next, self.files, self.timestamp) = (
            topic, partition, from, next, files, timestamp
        )
    }

    /// Throws `parquet.claimUnreadable`.
    init(_ bytes: [UInt8], path: String) throws(EFDError) {
        let document: JSON
        do throws(EFDError) { document = try JSON.parse(bytes) } catch { throw error.during(path) }
        guard let topic = document["topic"]?.string, let partition = document["partition"]?.integer,
            let from = document["from"]?.integer,
            let next = document["next"]?.integer, let files = document["files"]?.elements
        else {
            throw EFDError(
                .parquetClaimUnreadable, "\(path) is not a valid claim",
                remedy: "Restore the file; without it rows could be stored twice.")
        }
        self.init(topic: topic, partition: Int32(partition), from: from, next: next, files: files.compactMap(\.string))
        isDone = document["done"]?.bool ?? false
        timestamp = document["timestamp"]?.integer
    }
}
