import EFDCore

/// The conversion of one sample from CDR to Avro.
struct TranscodeRun {
    var input: CDRCursor
    var output: AvroOutput
    let received: Double
    var facts = SampleFacts()

    /// `swap`: the sample's byte order differs from the host's. Inlined twice, so that it costs nothing if false.
    @inline(__always)
    mutating func walk(_ steps: [TranscodeStep], swap: Bool) throws(CDRFault) {
        for step in steps {
            let count = Int(step.count)
            if step.isArray { output.long(Int64(count)) }
            switch step.operation {
            case .boolean: try booleans(step)
            case .octet: try integers(UInt8.self, step, swap)
            case .int16: try integers(Int16.self, step, swap)
            case .uint16: try integers(UInt16.self, step, swap)
            case .int32: try integers(Int32.self, step, swap)
            case .uint32: try integers(UInt32.self, step, swap)
            case .int64: try integers(Int64.self, step, swap)
            case .uint64: try integers(UInt64.self, step, swap)
            case .float: try fixed(UInt32.self, step, swap)
            case .double: try fixed(UInt64.self, step, swap)
            case .floatToDouble: try widened(step, swap)
            case .string: try strings(step, swap)
            case .sndStamp:
                facts.sndStamp = Double(bitPattern: try value(UInt64.self, step, swap))
                output.double(facts.sndStamp)
            case .rcvStamp:
                _ = try input.take(1, size: 8, for: step)
                output.double(received)
            case .seqNum: facts.seqNum = try observed(step, swap)
            case .index: facts.index = try observed(step, swap)
            case .origin: facts.origin = try observed(step, swap)
            case .identity: try identity(step, swap)
            }
            if step.isArray { output.byte(0) }
        }
    }

    // MARK: Numbers

    @inline(__always)
    private mutating func value<Value: FixedWidthInteger>(_: Value.Type, _ step: TranscodeStep, _ swap: Bool)
        throws(CDRFault) -> Value
    {
        load(Value.self, try input.take(1, size: MemoryLayout<Value>.size, for: step), 0, swap)
    }

    @inline(__always)
    private func load<Value: FixedWidthInteger>(_: Value.Type, _ source: UnsafeRawPointer, _ index: Int, _ swap: Bool)
        -> Value
    {
        let value = source.loadUnaligned(fromByteOffset: index * MemoryLayout<Value>.size, as: Value.self)
        return swap ? value.byteSwapped : value
    }

    @inline(__always)
    private mutating func observed(_ step: TranscodeStep, _ swap: Bool) throws(CDRFault) -> Int32 {
        let value = try value(Int32.self, step, swap)
        output.long(step.isUnsigned ? Int64(UInt32(bitPattern: value)) : Int64(value))
        return value
    }

    @inline(__always)
    private mutating func integers<Value: FixedWidthInteger>(_: Value.Type, _ step: TranscodeStep, _ swap: Bool)
        throws(CDRFault)
    {
        let count = Int(step.count)
        let source = try input.take(count, size: MemoryLayout<Value>.size, for: step)
        for index in 0..<count { output.long(Int64(truncatingIfNeeded: load(Value.self, source, index, swap))) }
    }

    /// `float` and `double` have the same bytes in Avro and little-endian CDR.
    @inline(__always)
    private mutating func fixed<Bits: FixedWidthInteger>(_: Bits.Type, _ step: TranscodeStep, _ swap: Bool)
        throws(CDRFault)
    {
        let count = Int(step.count)
        let source = try input.take(count, size: MemoryLayout<Bits>.size, for: step)
        if !swap && isHostLittleEndian { return output.copy(source, count * MemoryLayout<Bits>.size) }
        for index in 0..<count { output.fixed(load(Bits.self, source, index, swap)) }
    }

    @inline(__always)
    private mutating func widened(_ step: TranscodeStep, _ swap: Bool) throws(CDRFault) {
        let count = Int(step.count)
        let source = try input.take(count, size: 4, for: step)
        for index in 0..<count { output.double(Double(Float(bitPattern: load(UInt32.self, source, index, swap)))) }
    }

    @inline(__always)
    private mutating func booleans(_ step: TranscodeStep) throws(CDRFault) {
        let count = Int(step.count)
        let source = try input.take(count, size: 1, for: step)
        for index in 0..<count {
            let value = source.load(fromByteOffset: index, as: UInt8.self)
            guard value <= 1 else { throw input.fault(.boolean, at: source + index, index, step) }
            output.byte(value)
        }
    }

    // MARK: Text

    @inline(__always)
    private mutating func strings(_ step: TranscodeStep, _ swap: Bool) throws(CDRFault) {
        if step.isArray { try input.skipArrayHeader(for: step) }
        for number in 0..<Int(step.count) {
            let (bytes, count) = try input.string(number, swap: swap, for: step)
            text(bytes, count)
        }
    }

    @inline(__always)
    private mutating func identity(_ step: TranscodeStep, _ swap: Bool) throws(CDRFault) {
        let (bytes, count) = try input.string(0, swap: swap, for: step)
        facts.identityHash = XXH3.hash(UnsafeRawBufferPointer(start: bytes, count: count))
        text(bytes, count)
    }

    /// The length comes first but is known only after the repair, which is rare: then the text is moved if its length
    /// needs more bytes.
    @inline(__always)
    private mutating func text(_ bytes: UnsafePointer<UInt8>, _ count: Int) {
        let before = output.at
        output.long(Int64(count))
        let (written, repaired) = SALText.copy(bytes, count, to: output.at)
        guard repaired > 0 else {
            output.at += written
            return
        }
        facts.repairedBytes += repaired
        output.at = before
        output.long(Int64(written))
        _ = SALText.copy(bytes, count, to: output.at)
        output.at += written
    }
}
