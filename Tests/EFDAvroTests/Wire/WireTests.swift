import EFDAvro
import EFDTestKit
import Testing

@Suite struct WireTests {
    /// Numbers of every length, with and without bytes after them: short ones are read eight bytes at a time.
    @Test func numbersOfEveryLengthAreRead() throws {
        var random = SeededGenerator(seed: 5)
        let encoder = AvroEncoder(try AvroSchema.parse(#""long""#))
        var numbers: [Int64] = [0, -1, 1, .max, .min]
        for shift in 0..<64 { for _ in 0..<40 { numbers.append(Int64(bitPattern: random.next()) >> Int64(shift)) } }
        for number in numbers {
            let bytes = try encoder.encode(.long(number))
            for padding in [0, 1, 7, 8, 12] {
                let padded = bytes + [UInt8](repeating: 0xFF, count: padding)
                try padded.withUnsafeBytes { (raw) throws in
                    var cursor = AvroCursor(raw)
                    #expect(try cursor.long() == number)
                    #expect(cursor.offset == bytes.count && cursor.remaining == padding)
                }
            }
        }
    }

    @Test func aFailedReadStaysWhereItWas() throws {
        ([0x80, 0x80] as [UInt8]).withUnsafeBytes { raw in
            var cursor = AvroCursor(raw)
            #expect(throws: AvroFault(.truncated, at: 0)) { try cursor.long() }
            #expect(cursor.offset == 0)
        }
        UnsafeRawBufferPointer(start: nil, count: 0).withMemoryRebound(to: UInt8.self) { empty in
            var cursor = AvroCursor(UnsafeRawBufferPointer(empty))
            #expect(cursor.isAtEnd && cursor.remaining == 0)
            #expect(throws: AvroFault.self) { try cursor.byte() }
            #expect(throws: AvroFault.self) { try cursor.fixed64() }
        }
    }

    @Test func framesHaveAMagicByteAndAnID() throws {
        let frame = ConfluentFrame.header(schemaID: 0x0102_0304) + [9, 8]
        #expect(frame == [0, 1, 2, 3, 4, 9, 8])
        try frame.withUnsafeBytes { (raw) throws in
            let parsed = try ConfluentFrame.parse(raw)
            #expect(parsed.schemaID == 0x0102_0304 && Array(parsed.payload) == [9, 8])
        }
        for bad in [[], [0], [0, 0, 0, 1], [1, 0, 0, 0, 1, 5]] as [[UInt8]] {
            bad.withUnsafeBytes { raw in _ = #expect(throws: AvroFault.self) { try ConfluentFrame.parse(raw) } }
        }
        try ([0, 0, 0, 0, 1] as [UInt8]).withUnsafeBytes { (raw) throws in
            #expect(try ConfluentFrame.parse(raw).payload.isEmpty)
        }
    }
}
