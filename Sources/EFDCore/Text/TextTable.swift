/// A table for people: columns as wide as their cells, two blanks between them.
public struct TextTable {
    public enum Alignment: Sendable { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]
    /// The first column is cut on its left, where names begin alike, until a line has at most this many characters;
    /// nil: never.
    public var width: Int?
    private static let gap = "  "
    private static let leastNameWidth = 12

    /// The first column and those named in `left` are aligned left; numbers, as all others, right.
    public init(_ header: [String], left: Set<Int> = [], width: Int? = nil) {
        alignments = header.indices.map { $0 == 0 || left.contains($0) ? .left : .right }
        rows = [header]
        self.width = width
    }

    /// A row may have fewer cells than the header.
    public mutating func add(_ row: [String]) { rows.append(row) }

    public var lines: [String] {
        var widths = alignments.indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        if let width {
            let others = widths.dropFirst().reduce(0) { $0 + $1 + Self.gap.count }
            widths[0] = min(widths[0], max(Self.leastNameWidth, width - others))
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, text in
                let shown = column == 0 && text.count > widths[0] ? "…" + text.suffix(widths[0] - 1) : text
                let blanks = String(repeating: " ", count: max(0, widths[column] - shown.count))
                return alignments[column] == .left ? shown + blanks : blanks + shown
            }
            return cells.joined(separator: Self.gap).trimmedEnd
        }
    }

    public var text: String { lines.map { $0 + "\n" }.joined() }
}

extension String {
    fileprivate var trimmedEnd: String { String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)]) }
}
