/// The target offsets of one source partition's records, as far as they are kept. Pure.
struct SpanList {
    /// Maximum spans of a partition: more than a minute's transactions.
    static let capacity = 256

    /// The translation of a source offset to the target.
    enum Translation: Equatable {
        /// Exact: a reader has the same records left on both sides.
        case exact(Int64)
        /// After all known copies: `target` is right if the source has no record between `copied` and the offset.
        case end(copied: Int64, target: Int64)
        /// Before the oldest kept span: `target` is right if the source has no record between the offset and `first`.
        case before(first: Int64, target: Int64)
    }

    private(set) var targetTopic: String
    private var spans: [CopiedSpan] = []
    private var start = 0
    /// Older spans were dropped.
    private(set) var isCut = false

    init(targetTopic: String) { self.targetTopic = targetTopic }

    /// Adds spans in the order in which they were written. One that begins before the last one's end is a second copy,
    /// or of a topic that was deleted and created again: it replaces the spans that it overlaps.
    mutating func add(_ span: CopiedSpan) {
        while let last = spans.last, spans.count > start, last.source >= span.source { spans.removeLast() }
        if spans.count > start, let last = spans.last {
            let count = min(last.count, span.source - last.source)
            spans[spans.count - 1] = CopiedSpan(source: last.source, target: last.target, count: count)
            if last.source + count == span.source, last.target + count == span.target {
                spans[spans.count - 1] = CopiedSpan(source: last.source, target: last.target, count: count + span.count)
                return
            }
        }
        spans.append(span)
        if spans.count - start > Self.capacity {
            start += 1
            isCut = true
        }
        if start >= Self.capacity {
            spans.removeFirst(start)
            start = 0
        }
    }

    /// - Parameter offset: of the next record to read, as consumer groups commit it.
    func translation(of offset: Int64) -> Translation? {
        guard spans.count > start, let last = spans.last else { return nil }
        if offset > last.source + last.count {
            return .end(copied: last.source + last.count, target: last.target + last.count)
        }
        if offset < spans[start].source { return .before(first: spans[start].source, target: spans[start].target) }
        // The first span that ends after the offset.
        var (low, high) = (start, spans.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].source + spans[middle].count > offset { high = middle } else { low = middle + 1 }
        }
        let span = spans[low]
        // Offsets between spans have no record: the next one follows. At the very end it is the offset of the next
        // copy, or later.
        return .exact(span.target + max(0, offset - span.source))
    }
}
