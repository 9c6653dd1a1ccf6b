/// Suggestions for a mistyped name.
public enum NearestNames {
    /// At most three, best first: those within a third of the length in edits, or that begin with the same letters.
    /// Names that share no letter in place are not near, however short they are.
    public static func of(_ name: String, among candidates: [String]) -> [String] {
        let length = name.unicodeScalars.count
        let limit = max(2, length / 3)
        return candidates.map { ($0, distance(name, $0)) }
            .filter { candidate, edits in
                edits <= min(limit, max(length, candidate.unicodeScalars.count) - 1) && length > 1
                    || candidate.lowercased().hasPrefix(name.lowercased())
            }
            .sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(3).map(\.0)
    }

    /// `Did you mean A, B?`, or nothing.
    public static func hint(_ name: String, among candidates: [String]) -> String {
        let near = of(name, among: candidates)
        return near.isEmpty ? "" : "Did you mean \(near.joined(separator: ", "))?"
    }

    /// Edit distance with swaps of neighbours (Damerau), ignoring case.
    static func distance(_ one: String, _ other: String) -> Int {
        let (left, right) = (Array(one.lowercased().unicodeScalars), Array(other.lowercased().unicodeScalars))
        var rows = [Array(0...right.count)]
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], left[i - 1] == b { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
