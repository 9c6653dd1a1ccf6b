import Testing

@testable import EFDProducer

@Suite struct DoubledTopicsTests {
    /// A killed process stays in discovery for a while.
    @Test(arguments: [
        ([1, 1, 0, 0], "----"), ([1, 1, 1, 1, 0, 0], "--b-e-"), ([1, 1, 0, 1, 1, 1], "-----b"), ([0, 0], "--"),
    ])
    func onlyWhatSeveralLooksSeeIsReported(looks: [Int], expected: String) {
        var doubled = DoubledTopics(looks: 3)
        let changes = looks.map { count in
            switch doubled.saw(Array(repeating: "t", count: count)) {
            case .none: "-"
            case .began: "b"
            case .ended: "e"
            }
        }
        #expect(changes.joined() == expected)
    }
}
