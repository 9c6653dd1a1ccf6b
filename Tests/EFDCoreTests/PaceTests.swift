import EFDCore
import Testing

@Suite struct PaceTests {
    /// The moments, of all tenths of a second, at which work of this duration starts.
    private func beginnings(taking cost: (Int) -> Double) -> [Int] {
        var pace = AdaptiveInterval(interval: 1, share: 0.01)
        var found: [Int] = []
        for tenth in 0..<100 where pace.begins(Double(tenth) / 10) {
            found.append(tenth)
            pace.ended(Double(tenth) / 10 + cost(found.count))
        }
        return found
    }

    @Test func whatIsCheapIsDoneOften() {
        #expect(beginnings { _ in 0.001 } == Array(stride(from: 0, to: 100, by: 10)))
    }

    @Test func whatIsDearIsDoneSeldomUntilItIsCheap() {
        #expect(beginnings { $0 <= 2 ? 0.03125 : 0 } == [0, 32, 64, 74, 84, 94])
    }
}
