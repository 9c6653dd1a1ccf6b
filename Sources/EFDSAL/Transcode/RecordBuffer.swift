/// Bytes of records, one after another, in memory that is reused from batch to batch.
///
/// Appending may move the bytes: keep ranges while a batch grows, take pointers when it is complete.
public struct RecordBuffer: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    public private(set) var count = 0

    public init(capacity: Int = 1 << 16) {
        self.capacity = max(capacity, 64)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Reserves `bytes` after the last; `commit` adds the written ones.
    @inline(__always)
    mutating func room(_ bytes: Int) -> UnsafeMutablePointer<UInt8> {
        if capacity - count < bytes { grow(bytes) }
        return base + count
    }

    @inline(__always)
    mutating func commit(_ bytes: Int) {
        assert(bytes >= 0 && bytes <= capacity - count)
        count += bytes
    }

    @inline(never)
    private mutating func grow(_ bytes: Int) {
        let larger = max(capacity * 2, count + bytes)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        moved.update(from: base, count: count)
        base.deallocate()
        (base, capacity) = (moved, larger)
    }

    /// Truncates to the first `count` bytes, and keeps the memory.
    public mutating func truncate(to count: Int = 0) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    public mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        UnsafeMutableRawPointer(room(bytes.count)).copyMemory(from: source, byteCount: bytes.count)
        commit(bytes.count)
    }

    /// Valid until the next append or truncation.
    public func withBytes<Result, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(range.lowerBound >= 0 && range.upperBound <= count)
        return try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    public var bytes: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }
}
