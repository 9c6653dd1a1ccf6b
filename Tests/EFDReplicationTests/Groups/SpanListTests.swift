import Testing

@testable import EFDReplication

struct SpanListTests {
    private static func list(_ spans: (source: Int64, target: Int64, count: Int64)...) -> SpanList {
        var list = SpanList(targetTopic: "t")
        for span in spans { list.add(CopiedSpan(source: span.source, target: span.target, count: span.count)) }
        return list
    }

    @Test func positionsWithinSpansAreExact() {
        let list = Self.list((0, 100, 10), (12, 111, 5))
        for (offset, target) in [(0, 100), (9, 109), (10, 111), (11, 111), (12, 111), (13, 112), (16, 115), (17, 116)]
            as [(Int64, Int64)]
        {
            #expect(list.translation(of: offset) == .exact(target), "\(offset)")
        }
        #expect(list.translation(of: 18) == .end(copied: 17, target: 116))
        #expect(SpanList(targetTopic: "t").translation(of: 0) == nil)
    }

    @Test func whatWasBeforeTheMapIsNotGuessed() {
        let list = Self.list((50, 7, 10))
        #expect(list.translation(of: 49) == .before(first: 50, target: 7))
        #expect(list.translation(of: 50) == .exact(7))
    }

    @Test func neighboursAreOne() {
        var list = SpanList(targetTopic: "t")
        for index in 0..<Int64(10_000) { list.add(CopiedSpan(source: index, target: index + 3, count: 1)) }
        #expect(!list.isCut && list.translation(of: 4321) == .exact(4324))
    }

    @Test func theOldestAreForgotten() {
        var list = SpanList(targetTopic: "t")
        for index in 0..<Int64(5000) { list.add(CopiedSpan(source: index, target: index * 2, count: 1)) }
        let oldest = Int64(5000 - SpanList.capacity)
        #expect(list.isCut)
        #expect(list.translation(of: 10) == .before(first: oldest, target: oldest * 2))
        for offset in oldest..<5000 { #expect(list.translation(of: offset) == .exact(offset * 2)) }
    }

    @Test func whatIsCopiedAgainCountsAsItWasCopiedLast() {
        let list = Self.list((0, 0, 10), (10, 11, 10), (15, 40, 10))
        #expect(
            list.translation(of: 14) == .exact(15) && list.translation(of: 15) == .exact(40)
                && list.translation(of: 24) == .exact(49))
        let recreated = Self.list((0, 0, 10), (10, 11, 10), (0, 60, 5))
        #expect(
            recreated.translation(of: 3) == .exact(63) && recreated.translation(of: 7) == .end(copied: 5, target: 65))
    }
}
