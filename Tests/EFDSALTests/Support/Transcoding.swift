import EFDCore
import EFDSAL

/// One sample through a new transcoder, with fixed stamps.
enum Transcoding {
    static let sndStamp = 1_785_000_037.5
    static let received = 1_785_000_037.75
    static let produced = 1_785_000_038.0

    /// A topic whose struct has `fields` after `private_sndStamp`.
    static func topic(_ fields: String) throws -> SALTopic {
        try SALComponent(
            parsing: Array("module M { struct s { double private_sndStamp; \(fields) }; };".utf8), file: "t.idl"
        ).topics[0]
    }

    /// The complete record value, after three bytes that must stay unchanged.
    static func record(_ sample: [UInt8], _ topic: SALTopic, _ mapping: AvroMapping = .wide) throws(CDRFault) -> (
        bytes: [UInt8], facts: SampleFacts
    ) {
        var transcoder = CDRTranscoder(topic, mapping: mapping)
        var buffer = RecordBuffer(capacity: 0)
        [9, 9, 9].withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
            buffer.append(UnsafeRawBufferPointer(rebasing: bytes[..<3]))
        }
        // In memory of just its size and at an odd address, so that a sanitizer sees a read too far and nothing may
        // rely on alignment.
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: sample.count + 1, alignment: 8)
        defer { copy.deallocate() }
        let odd = UnsafeMutableRawBufferPointer(rebasing: copy[1...])
        odd.copyBytes(from: sample)
        do throws(CDRFault) {
            let facts = try transcoder.append(
                UnsafeRawBufferPointer(odd), received: received, produced: produced, schemaID: 0x0102_0304, to: &buffer)
            return (Array(buffer.bytes[3...]), facts)
        } catch {
            precondition(buffer.count == 3, "a fault must leave the buffer as it was")
            throw error
        }
    }

    /// What the record holds after `private_sndStamp`.
    static func rest(_ sample: [UInt8], _ topic: SALTopic, _ mapping: AvroMapping = .wide) throws(CDRFault) -> [UInt8] {
        Array(try record(sample, topic, mapping).bytes[29...])
    }

    /// Little-endian XCDR1: header, `private_sndStamp`, `rest`.
    static func sample(_ rest: [UInt8]) -> [UInt8] { [0, 1, 0, 0] + bytes(sndStamp) + rest }

    static func bytes(_ value: Double) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * UInt64($0))) }
    }
}
