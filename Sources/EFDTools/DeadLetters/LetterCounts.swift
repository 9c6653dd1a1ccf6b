import EFDCore
import EFDKafka

/// The dead letters of topics, counted by cause and source topic.
struct LetterCounts: Sendable {
    struct Key: Hashable, Sendable {
        let cause: String
        /// Empty: the headers name none.
        let source: String
        /// The consumer group, else the connector or program that sent the letters.
        let sender: String
    }

    struct Count: Sendable, Equatable {
        var letters = 0
        var replayed = 0
        /// Milliseconds since 1970.
        var first = Int64.max
        var last = Int64.min

        mutating func add(_ other: Count) {
            letters += other.letters
            replayed += other.replayed
            first = min(first, other.first)
            last = max(last, other.last)
        }
    }

    private(set) var topics: [String: [Key: Count]] = [:]

    /// A topic without letters is listed too.
    mutating func add(topic: String) { topics[topic] = topics[topic] ?? [:] }

    mutating func add(_ letter: LetterFacts, isReplayed: Bool) {
        let sender = letter.group ?? letter.connector ?? letter.program ?? ""
        let key = Key(cause: letter.cause, source: letter.source?.topic ?? "", sender: sender)
        let one = Count(letters: 1, replayed: isReplayed ? 1 : 0, first: letter.time, last: letter.time)
        topics[letter.partition.topic, default: [:]][key, default: Count()].add(one)
    }

    static func total(_ counts: [Key: Count]) -> Count {
        counts.values.reduce(into: Count()) { $0.add($1) }
    }

    /// A topic's counts, most letters first.
    static func sorted(_ counts: [Key: Count]) -> [(key: Key, count: Count)] {
        counts.map { (key: $0.key, count: $0.value) }.sorted {
            ($1.count.letters, $0.key.cause, $0.key.source, $0.key.sender)
                < ($0.count.letters, $1.key.cause, $1.key.source, $1.key.sender)
        }
    }

    // MARK: Texts

    /// A line for each topic, then one for each cause and source topic, at most `rows` of them.
    func table(rows: Int, width: Int?) -> String {
        var table = TextTable(
            ["DEAD LETTERS", "LETTERS", "REPLAYED", "FIRST", "LAST", "CAUSE", "SENDER"], left: [5, 6], width: width)
        for (topic, counts) in topics.sorted(by: { $0.key < $1.key }) {
            let total = Self.total(counts)
            table.add([topic] + Self.cells(total))
            let sorted = Self.sorted(counts)
            for (key, count) in sorted.prefix(rows) {
                let source = key.source.isEmpty ? "(no source topic)" : key.source
                table.add(["  from \(source)"] + Self.cells(count) + [key.cause, key.sender])
            }
            let rest = sorted.dropFirst(rows)
            if !rest.isEmpty {
                let count = rest.reduce(into: Count()) { $0.add($1.count) }
                table.add(["  and \(rest.count) more"] + Self.cells(count))
            }
        }
        return table.text
    }

    var json: JSON {
        let documents = topics.sorted { $0.key < $1.key }.map { topic, counts -> JSON in
            let causes = Self.sorted(counts).map { key, count -> JSON in
                var members: JSON.Members = [
                    "cause": .string(key.cause), "source": key.source.isEmpty ? .null : .string(key.source),
                    "sender": .string(key.sender),
                ]
                for entry in Self.members(count).entries { members[entry.key] = entry.value }
                return .object(members)
            }
            var members: JSON.Members = ["topic": .string(topic)]
            for entry in Self.members(Self.total(counts)).entries { members[entry.key] = entry.value }
            members["causes"] = .array(causes)
            return .object(members)
        }
        return ["topics": .array(documents)]
    }

    private static func cells(_ count: Count) -> [String] {
        if count.letters == 0 { return ["0", "0"] }
        return ["\(count.letters)", "\(count.replayed)", LetterTime.short(count.first), LetterTime.short(count.last)]
    }

    private static func members(_ count: Count) -> JSON.Members {
        let isEmpty = count.letters == 0
        return [
            "letters": .integer(Int64(count.letters)), "replayed": .integer(Int64(count.replayed)),
            "first": isEmpty ? .null : .string(LetterTime.text(count.first)),
            "last": isEmpty ? .null : .string(LetterTime.text(count.last)),
        ]
    }
}

/// Times of letters, in milliseconds since 1970.
enum LetterTime {
    static func text(_ milliseconds: Int64) -> String {
        Timestamp.text(microseconds: milliseconds.multipliedReportingOverflow(by: 1000).partialValue)
    }

    /// To the second.
    static func short(_ milliseconds: Int64) -> String { text(milliseconds).prefix(19) + "Z" }
}
