/// `<topic>+<partition>+<first offset, 10 digits>-<last offset>.<codec>.parquet`: a file's content, for people and for
/// recovery.
struct FileName: Hashable, Sendable {
    let topic: String
    let partition: Int32
    let first: Int64
    let last: Int64
    let codec: ParquetCodec

    static let digits = 10

    init(topic: String, partition: Int32, first: Int64, last: Int64, codec: ParquetCodec) {
        (self.topic, self.partition, self.first, self.last, self.codec) = (topic, partition, first, last, codec)
    }

    /// nil: not a name of this program.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        guard parts.count == 3, let partition = Int32(parts[1]) else { return nil }
        let tail = parts[2].split(separator: ".", omittingEmptySubsequences: false)
        guard tail.count == 3, tail[2] == "parquet", let codec = ParquetCodec(rawValue: String(tail[1])) else {
            return nil
        }
        let offsets = tail[0].split(separator: "-", omittingEmptySubsequences: false)
        guard offsets.count == 2, let first = Int64(offsets[0]), let last = Int64(offsets[1]), first >= 0, first <= last
        else { return nil }
        self.init(topic: String(parts[0]), partition: partition, first: first, last: last, codec: codec)
    }

    var text: String { "\(topic)+\(partition)+\(first.zeroPadded(to: Self.digits))-\(last).\(codec.rawValue).parquet" }
}

extension Int64 {
    func zeroPadded(to width: Int) -> String {
        let text = String(self)
        return String(repeating: "0", count: Swift.max(0, width - text.count)) + text
    }
}
