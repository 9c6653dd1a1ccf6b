import Glibc

/// A progress line on standard error if it is a terminal; nothing otherwise.
public struct ProgressLine {
    private let noun: String
    private let total: Int
    private let isWatched = isatty(2) == 1
    private let start = MonotonicClock.seconds()
    private var done = 0
    private var lastShown = 0.0

    private static let barWidth = 30
    private static let interval = 0.1

    /// - Parameter noun: the counted things, in the plural.
    public init(_ noun: String, of total: Int) {
        self.noun = noun
        self.total = total
    }

    public mutating func advance(by count: Int = 1) {
        done += count
        let now = MonotonicClock.seconds()
        guard isWatched, now - lastShown >= Self.interval else { return }
        lastShown = now
        show("\r\u{1B}[K" + text(elapsed: now - start))
    }

    /// Removes the line.
    public func end() { if isWatched { show("\r\u{1B}[K") } }

    /// `[########              ]  27 %  850 of 3188 topics, 12 s left`
    func text(elapsed: Double) -> String {
        let fraction = total > 0 ? min(1, Double(done) / Double(total)) : 1
        let filled = Int(fraction * Double(Self.barWidth))
        let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: Self.barWidth - filled)
        let left = done > 0 ? ", \(Int((elapsed / fraction - elapsed).rounded(.up))) s left" : ""
        return "[\(bar)] \(String(Int(fraction * 100)).leftPadded(to: 3)) %  \(done) of \(total) \(noun)\(left)"
    }

    private func show(_ text: String) {
        var bytes = Array(text.utf8)
        _ = Glibc.write(2, &bytes, bytes.count)
    }
}

extension String {
    fileprivate func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
