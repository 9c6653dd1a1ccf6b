/// Reads a sample's bytes after its four-byte header; alignment counts from there.
struct CDRCursor {
    private let base: UnsafeRawPointer
    private let end: Int
    private let maxAlignment: Int
    private var offset = 0

    /// - Parameter sample: at least `headerSize` bytes.
    @inline(__always)
    init(_ sample: UnsafeRawBufferPointer, maxAlignment: Int) {
        base = sample.baseAddress! + Self.headerSize
        end = sample.count - Self.headerSize
        self.maxAlignment = maxAlignment
    }

    static let headerSize = 4

    /// The range of the `count` values of `size` bytes of a step, all of them inside the sample.
    @inline(__always)
    mutating func take(_ count: Int, size: Int, for step: TranscodeStep) throws(CDRFault) -> UnsafeRawPointer {
        let alignment = min(size, maxAlignment)
        let start = (offset + alignment - 1) & ~(alignment - 1)
        // Neither sum overflows: a sample is in memory, and a struct has at most `IDLLimits.elements` values.
        guard start + count * size <= end else { throw truncated(size: size, from: start, step) }
        offset = start + count * size
        return base + start
    }

    /// The bytes of string `number` of a step without its NUL. A length of 0 is OpenSplice's null string: read as
    /// empty.
    @inline(__always)
    mutating func string(_ number: Int, swap: Bool, for step: TranscodeStep) throws(CDRFault) -> (
        bytes: UnsafePointer<UInt8>, count: Int
    ) {
        let field = step.field(of: number)
        let start = (offset + 3) & ~3
        guard start + 4 <= end else { throw fault(.truncated, start, field) }
        let stored = base.loadUnaligned(fromByteOffset: start, as: UInt32.self)
        let length = Int(swap ? stored.byteSwapped : stored)
        offset = start + 4
        let bytes = (base + offset).assumingMemoryBound(to: UInt8.self)
        if length == 0 { return (bytes, 0) }
        guard length <= end - offset else { throw fault(.stringTooLong, start, field) }
        guard bytes[length - 1] == 0 else { throw fault(.stringNotTerminated, offset + length - 1, field) }
        offset += length
        return (bytes, length - 1)
    }

    /// Skips the size of an array of strings in XCDR2.
    @inline(__always)
    mutating func skipArrayHeader(for step: TranscodeStep) throws(CDRFault) {
        if maxAlignment == 4 { _ = try take(1, size: 4, for: step) }
    }

    func fault(_ kind: CDRFault.Kind, at pointer: UnsafeRawPointer, _ number: Int, _ step: TranscodeStep) -> CDRFault {
        fault(kind, pointer - base, step.field(of: number))
    }

    private func fault(_ kind: CDRFault.Kind, _ offset: Int, _ field: Int) -> CDRFault {
        CDRFault(kind: kind, offset: offset + Self.headerSize, field: field)
    }

    /// Reports the first incomplete value.
    @inline(never)
    private func truncated(size: Int, from start: Int, _ step: TranscodeStep) -> CDRFault {
        let whole = max(0, end - start) / size
        return fault(.truncated, start + whole * size, step.field(of: whole))
    }
}

extension TranscodeStep {
    /// In a run of scalars each value is a separate field.
    func field(of number: Int) -> Int { Int(field) + (isArray ? 0 : number) }
}
