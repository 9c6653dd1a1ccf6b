import EFDCore
import EFDKafka

/// What a replay did with each letter that it was asked to replay.
struct ReplayReport: Sendable {
    struct Key: Hashable, Sendable {
        let source: String
        let cause: String
    }

    let isDryRun: Bool
    private(set) var replayed: [Key: Int] = [:]
    private(set) var before = 0
    private(set) var left: [ReplayObstacle: [Position]] = [:]

    /// A letter's position, for ranges.
    struct Position: Sendable {
        let topic: String
        let partition: Int32
        let offset: Int64

        init(_ letter: LetterFacts) {
            (topic, partition, offset) = (letter.partition.topic, letter.partition.partition, letter.offset)
        }
    }

    init(isDryRun: Bool) { self.isDryRun = isDryRun }

    var replayedCount: Int { replayed.values.reduce(0, +) }
    var leftCount: Int { left.values.reduce(0) { $0 + $1.count } }

    mutating func replayed(_ letter: LetterFacts) {
        replayed[Key(source: letter.source?.topic ?? "", cause: letter.cause), default: 0] += 1
    }

    mutating func wasReplayedBefore() { before += 1 }

    mutating func left(_ letter: LetterFacts, _ obstacle: ReplayObstacle) {
        left[obstacle, default: []].append(Position(letter))
    }

    // MARK: Texts

    func table(width: Int?) -> String {
        var table = TextTable(
            ["SOURCE TOPIC", isDryRun ? "WOULD BE REPLAYED" : "REPLAYED", "CAUSE"], left: [2], width: width)
        for (key, count) in sorted { table.add([key.source, "\(count)", key.cause]) }
        var text = replayed.isEmpty ? "" : table.text
        let verb = isDryRun ? "would be replayed" : "replayed"
        text += "\(replayedCount) letters \(verb), \(before) replayed before, \(leftCount) cannot be replayed\n"
        for (obstacle, positions) in obstacles {
            text += "\(positions.count) left: \(obstacle)\n"
            for range in Self.ranges(positions) { text += "  \(range)\n" }
        }
        return text
    }

    var json: JSON {
        [
            "dryRun": .bool(isDryRun), "replayed": .integer(Int64(replayedCount)),
            "replayedBefore": .integer(Int64(before)), "left": .integer(Int64(leftCount)),
            "letters": .array(
                sorted.map { key, count in
                    [
                        "source": .string(key.source), "cause": .string(key.cause), "replayed": .integer(Int64(count)),
                    ]
                }),
            "obstacles": .array(
                obstacles.map { obstacle, positions in
                    [
                        "reason": .string(obstacle.description), "letters": .integer(Int64(positions.count)),
                        "positions": .array(Self.ranges(positions).map { .string($0) }),
                    ]
                }),
        ]
    }

    private var sorted: [(key: Key, count: Int)] {
        replayed.map { (key: $0.key, count: $0.value) }.sorted {
            ($0.key.source, $0.key.cause) < ($1.key.source, $1.key.cause)
        }
    }

    private var obstacles: [(ReplayObstacle, [Position])] {
        left.map { ($0.key, $0.value) }.sorted { "\($0.0)" < "\($1.0)" }
    }

    /// `TOPIC/PARTITION/FIRST-LAST` of neighbouring offsets, so that every letter is named.
    static func ranges(_ positions: [Position]) -> [String] {
        var ranges: [(topic: String, partition: Int32, first: Int64, last: Int64)] = []
        let sorted = positions.sorted { ($0.topic, $0.partition, $0.offset) < ($1.topic, $1.partition, $1.offset) }
        for position in sorted {
            if let end = ranges.last, end.topic == position.topic, end.partition == position.partition,
                end.last + 1 == position.offset
            {
                ranges[ranges.count - 1].last = position.offset
            } else {
                ranges.append((position.topic, position.partition, position.offset, position.offset))
            }
        }
        return ranges.map { range in
            "\(range.topic)/\(range.partition)/\(range.first)" + (range.last > range.first ? "-\(range.last)" : "")
        }
    }
}
