import EFDCore

/// The topics of `scripts/bench topics`: many of one partition, of which a few get records.
struct ManyTopics {
    static let count = Setting<Int>.integer("topics", default: 3188, in: 1...100_000, help: "Number of topics.")
    static let busyCount = Setting<Int>.integer(
        "busy", default: 20, in: 1...1000, help: "Topics among them that get records.")

    static let prefix = "lsst.sal.Many.topic"

    let names: [String]
    /// The topics that get records, spread evenly among all.
    let busy: [String]

    init(_ settings: Settings) {
        let count = settings[Self.count]
        let busyCount = min(settings[Self.busyCount], count)
        let names = (0..<count).map { Self.name($0) }
        self.names = names
        busy = (0..<busyCount).map { names[$0 * count / busyCount] }
    }

    private static func name(_ index: Int) -> String {
        let digits = String(index)
        return prefix + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
}
