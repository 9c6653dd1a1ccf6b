import EFDCore

/// Finds the lines that a server rejects, by sending ever smaller parts of a request, until every line is known to be
/// stored or known to be rejected.
///
/// A server names one reason and counts the lines dropped for that reason only: lines dropped for another are not
/// reported (seen in 1.12), and a conflict within one request may prevent all of it from being stored (seen in 1.6). So
/// only two answers count: "all stored", and "as many dropped as were sent". Writing a point twice changes nothing, so
/// repeated requests are harmless. A request of n lines takes at most 2n - 2 more requests; the details in the answer
/// make it two in the common case, a topic whose field changed its type.
struct LineIsolation {
    /// The reasons of rejected lines, by their index in the batch.
    private(set) var refused: [(line: Int, reason: EFDError)] = []

    /// Number of requests sent, after the first with all lines.
    private(set) var requests = 0

    /// Seconds after which the server drops points, if known.
    let retention: Double?
    /// Nanoseconds since 1970.
    let now: Int64

    init(retention: Double?, now: Int64) {
        self.retention = retention
        self.now = now
    }

    /// Finds the rejected lines after the server's answer to all of them. Returns the error if the outcome of some is
    /// unknown, nil if the outcome of all is known.
    ///
    /// - Parameter send: posts the lines of those indices, at least one, in order.
    mutating func run(
        _ batch: borrowing LineBatch, after answer: WriteVerdict,
        _ send: (borrowing LineBatch, ArraySlice<Int>) -> WriteVerdict
    ) -> WriteVerdict? {
        var open: [ArraySlice<Int>] = []
        if let failure = narrow(batch.lines.indices.map { $0 }[...], by: answer, batch, &open) { return failure }
        while let part = open.popLast() {
            requests += 1
            if let failure = narrow(part, by: send(batch, part), batch, &open) { return failure }
        }
        refused.sort { $0.line < $1.line }
        return nil
    }

    /// Notes the rejected lines of a part, or adds smaller parts to `open`. Returns the error if the server gave one.
    private mutating func narrow(
        _ part: ArraySlice<Int>, by answer: WriteVerdict, _ batch: borrowing LineBatch, _ open: inout [ArraySlice<Int>]
    ) -> WriteVerdict? {
        switch answer {
        case .stored: break
        case .failed: return answer
        case .tooLarge(let error):
            if part.count == 1 { refuse(part, error) } else { open += halves(of: part) }
        case .refused(let refusal):
            if part.count == 1 || refusal.dropped == part.count {
                refuse(part, refusal.reason)
            } else {
                open += split(part, by: refusal, batch) ?? halves(of: part)
            }
        }
        return nil
    }

    private mutating func refuse(_ part: ArraySlice<Int>, _ reason: EFDError) {
        for line in part { refused.append((line, reason)) }
    }

    /// Pops the earlier half of `open` first.
    private func halves(of part: ArraySlice<Int>) -> [ArraySlice<Int>] {
        let middle = part.startIndex + part.count / 2
        return [part[middle...], part[..<middle]]
    }

    /// The lines that the answer points at, apart from the others; nil if it points at none or at all.
    private func split(_ part: ArraySlice<Int>, by refusal: LineRefusal, _ batch: borrowing LineBatch) -> [ArraySlice<
        Int
    >]? {
        var suspects: [Int] = []
        var others: [Int] = []
        switch refusal.clue {
        case .none: return nil
        case .olderThanRetention:
            guard let retention else { return nil }
            let oldest = now - Int64(min(retention, 9e9) * 1e9)
            for index in part {
                if batch.lines[index].time < oldest { suspects.append(index) } else { others.append(index) }
            }
        case .field(let field, let measurement):
            let start = NameText.measurement(measurement)
            let key = NameText.key(field) + [UInt8(ascii: "=")]
            for index in part {
                let line = batch.bytes(of: batch.lines[index])
                if Self.isLine(line, of: start) && Self.holds(line, key) {
                    suspects.append(index)
                } else {
                    others.append(index)
                }
            }
        }
        return suspects.isEmpty || others.isEmpty ? nil : [suspects[...], others[...]]
    }

    private static func isLine(_ line: UnsafeBufferPointer<UInt8>, of measurement: [UInt8]) -> Bool {
        line.count > measurement.count && line.starts(with: measurement)
            && (line[measurement.count] == UInt8(ascii: " ") || line[measurement.count] == UInt8(ascii: ","))
    }

    /// A key inside a field's text counts too: a false suspect only costs a request.
    private static func holds(_ line: UnsafeBufferPointer<UInt8>, _ key: [UInt8]) -> Bool {
        guard line.count > key.count else { return false }
        for at in 1...(line.count - key.count) where line[at] == key[0] {
            let before = line[at - 1]
            if (before == UInt8(ascii: ",") || before == UInt8(ascii: " "))
                && line[at..<at + key.count].elementsEqual(key)
            {
                return true
            }
        }
        return false
    }
}
