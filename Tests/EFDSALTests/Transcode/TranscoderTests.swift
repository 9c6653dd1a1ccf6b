import EFDCore
import EFDSAL
import EFDTestKit
import Testing

/// Every byte by hand, so that writer and transcoder cannot agree on the same mistake.
@Suite struct TranscoderTests {
    private typealias T = Transcoding

    @Test func stampsAndHeader() throws {
        let topic = try T.topic("double private_rcvStamp; long private_seqNum; long private_origin;")
        let sample = T.sample(T.bytes(0) + [5, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        let (record, facts) = try T.record(sample, topic)
        #expect(
            record == [0, 1, 2, 3, 4] + T.bytes(T.sndStamp - 37) + T.bytes(T.produced) + T.bytes(T.sndStamp)
                + T.bytes(T.received) + [10, 1])
        #expect(
            facts.sndStamp == T.sndStamp && facts.efdStamp == T.sndStamp - 37 && facts.seqNum == 5 && facts.origin == -1
        )
        #expect(!facts.hasSubstituteTime && facts.repairedBytes == 0)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let fields: String
        let cdr: [UInt8]
        let wide: [UInt8]
        var narrow: [UInt8]?
        var testDescription: String { fields }
    }

    @Test(arguments: [
        Row(fields: "boolean a; boolean b[2];", cdr: [1, 0, 1], wide: [1, 4, 0, 1, 0]),
        Row(
            fields: "octet a; char b; octet c[2];", cdr: [0xFF, 0x80, 1, 0xFE],
            wide: [0xFE, 3, 0x80, 2, 4, 2, 0xFC, 3, 0]),
        Row(fields: "short a; unsigned short b;", cdr: [0xFF, 0xFF, 0xFF, 0xFF], wide: [1, 0xFE, 0xFF, 7]),
        Row(
            fields: "octet x; long a; unsigned long b;", cdr: [0, 9, 9, 9, 0, 0, 0, 0x80, 0xFF, 0xFF, 0xFF, 0xFF],
            wide: [0, 0xFF, 0xFF, 0xFF, 0xFF, 15, 0xFE, 0xFF, 0xFF, 0xFF, 31]),
        Row(
            fields: "octet x; long long a;",
            cdr: [2, 9, 9, 9, 9, 9, 9, 9, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            wide: [4, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        // Above Int64.max: the bits stay, so the number reads as negative.
        Row(fields: "unsigned long long a;", cdr: [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], wide: [3]),
        Row(
            fields: "float a; float b[2];", cdr: [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 0, 0, 0x80, 0x7F],
            wide: T.bytes(1) + [4] + T.bytes(-2) + T.bytes(.infinity) + [0],
            narrow: [0, 0, 0x80, 0x3F, 4, 0, 0, 0, 0xC0, 0, 0, 0x80, 0x7F, 0]),
        Row(
            fields: "double a; double b[1];", cdr: T.bytes(0.1) + T.bytes(.nan),
            wide: T.bytes(0.1) + [2] + T.bytes(.nan) + [0]),
        Row(
            fields: "string a; string<3> b; octet c;", cdr: [3, 0, 0, 0, 0x68, 0x69, 0, 9, 1, 0, 0, 0, 0, 7],
            wide: [4, 0x68, 0x69, 0, 14]),
        // How OpenSplice sends a null string.
        Row(fields: "string a; octet c;", cdr: [0, 0, 0, 0, 7], wide: [0, 14]),
        Row(fields: "string a[2];", cdr: [2, 0, 0, 0, 0x61, 0, 9, 9, 1, 0, 0, 0, 0], wide: [4, 2, 0x61, 0, 0]),
        // Latin-1 and a character cut in half: no byte is lost.
        Row(
            fields: "string a;", cdr: [5, 0, 0, 0, 0xB5, 0x6D, 0xC2, 0xB0, 0], wide: [10, 0xC2, 0xB5, 0x6D, 0xC2, 0xB0]),
        Row(fields: "string a;", cdr: [4, 0, 0, 0, 0x61, 0xE6, 0xB8, 0], wide: [10, 0x61, 0xC3, 0xA6, 0xC2, 0xB8]),
    ])
    func bytesOfEveryType(row: Row) throws {
        let topic = try T.topic(row.fields)
        #expect(try T.rest(T.sample(row.cdr), topic) == row.wide)
        #expect(try T.rest(T.sample(row.cdr), topic, .narrow) == row.narrow ?? row.wide)
        #expect(try T.rest(T.sample(row.cdr + [1, 2, 3, 4]), topic) == row.wide, "trailing bytes")
    }

    /// XCDR2 aligns doubles at 4 and puts a size before arrays of strings; big-endian swaps.
    @Test func otherEncodings() throws {
        let topic = try T.topic("long a; double b; string c[1]; short d;")
        let avro = [2] + T.bytes(0.5) + [2, 2, 0x61, 0, 4]
        let stamp = T.bytes(T.sndStamp)
        let half = T.bytes(0.5)
        let le1 = [0, 1, 0, 0] + stamp + [1, 0, 0, 0, 0, 0, 0, 0] + half + [2, 0, 0, 0, 0x61, 0, 2, 0]
        let le2 = [0, 7, 0, 0] + stamp + [1, 0, 0, 0] + half + [6, 0, 0, 0, 2, 0, 0, 0, 0x61, 0, 2, 0]
        let be1 =
            [0, 0, 0, 2] + stamp.reversed() + [0, 0, 0, 1, 0, 0, 0, 0] + half.reversed() + [0, 0, 0, 2, 0x61, 0, 0, 2]
        let be2 =
            [0, 6, 0, 2] + stamp.reversed() + [0, 0, 0, 1] + half.reversed() + [0, 0, 0, 6, 0, 0, 0, 2, 0x61, 0, 0, 2]
        for sample in [le1, le2, be1, be2] {
            let (record, facts) = try T.record(sample, topic)
            #expect(Array(record[29...]) == avro)
            #expect(facts.sndStamp == T.sndStamp)
        }
    }

    @Test(
        arguments: [
            ([], .truncated, 0, -1), ([0, 1, 0], .truncated, 3, -1), ([0, 1, 0, 0], .truncated, 4, 0),
            ([0, 8, 0, 0], .encapsulation(8), 0, -1),
            ([0, 0x0A, 0, 0], .encapsulation(10), 0, -1), ([0xFF, 0xFF, 0, 0], .encapsulation(0xFFFF), 0, -1),
            (T.sample([1, 2, 0, 0]), .boolean, 13, 2), (T.sample([1, 1]), .truncated, 16, 3),
            (T.sample([1, 1, 0, 0, 1, 0]), .truncated, 16, 3),
            (T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0]), .truncated, 20, 4),
            (T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0, 0] + [3, 0, 0, 0, 0x61]), .stringTooLong, 24, 5),
            (
                T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0, 0] + [0xFF, 0xFF, 0xFF, 0xFF, 0x61, 0]),
                .stringTooLong, 24, 5
            ),
            (
                T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0, 0] + [2, 0, 0, 0, 0x61, 0x62]), .stringNotTerminated,
                29, 5
            ),
            (T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0, 0] + [1, 0]), .truncated, 24, 5),
            (
                T.sample([1, 1, 0, 0] + [1, 0, 0, 0] + [2, 0, 0, 0] + [1, 0, 0, 0, 0] + [0, 0, 0] + [9, 9, 9]),
                .truncated, 34, 6
            ),
        ] as [([UInt8], CDRFault.Kind, Int, Int)])
    func faultsTellWhere(sample: [UInt8], kind: CDRFault.Kind, offset: Int, field: Int) throws {
        let topic = try T.topic("boolean a; boolean b; long c; long d; string e; short f[3];")
        let fault = #expect(throws: CDRFault.self) { try T.record(sample, topic) }
        #expect(fault?.kind == kind && fault?.offset == offset && fault?.field == field)
        let error = try #require(fault).error(in: topic)
        #expect(
            error.recovery == .reject && error.code == "sal.sampleMalformed" && error.message.contains("byte \(offset)")
        )
        if field >= 0 { #expect(error.message.contains("field \(topic.fields[field].name),")) }
    }

    /// A sender without a sensible clock does not cost its samples: their record time is then that of the reception.
    @Test(arguments: [0, Double.nan, .infinity, -1e300, 63_072_009])
    func senselessSendersClock(stamp: Double) throws {
        let topic = try T.topic("octet a;")
        let (record, facts) = try T.record([0, 1, 0, 0] + T.bytes(stamp) + [1], topic)
        #expect(facts.hasSubstituteTime && facts.efdStamp == T.received - 37)
        #expect(Array(record[5..<13]) == T.bytes(T.received - 37))
        #expect(Array(record[21..<29]) == T.bytes(stamp))
    }

    /// The kept interval must not outlive its second.
    @Test func timesOnBothSidesOfALeapSecond() throws {
        var transcoder = CDRTranscoder(try T.topic("octet a;"))
        var buffer = RecordBuffer()
        for (tai, utc) in [
            (1_483_228_836.5, 1_483_228_800.5), (1_483_228_837.0, 1_483_228_800.0), (1_483_228_835.0, 1_483_228_799.0),
            (0, T.received - 37),
            (1_483_228_900, 1_483_228_863),
        ] {
            let facts = try ([0, 1, 0, 0] + T.bytes(tai) + [0]).withUnsafeBytes {
                try transcoder.append($0, received: T.received, produced: 0, schemaID: 1, to: &buffer)
            }
            #expect(facts.efdStamp == utc)
        }
    }

    @Test func identitiesAreDistinguished() throws {
        let topic = try T.topic("string<128> private_identity;")
        var hashes: Set<UInt64> = []
        var names =
            (0..<1000).map { "user\($0)@host" } + ["", "a", "aa", "b", "ESS:1", "ESS:2", "12345678", "123456789"]
        names.append(String(repeating: "x", count: 128))
        for name in names {
            let count = UInt8(name.utf8.count + 1)
            hashes.insert(try T.record(T.sample([count, 0, 0, 0] + Array(name.utf8) + [0]), topic).facts.identityHash)
        }
        #expect(hashes.count == names.count)
    }

    @Test func unsignedIndexIsNotNegative() throws {
        let topic = try T.topic("unsigned long salIndex;")
        let (record, facts) = try T.record(T.sample([0xFF, 0xFF, 0xFF, 0xFF]), topic)
        #expect(Array(record[29...]) == [0xFE, 0xFF, 0xFF, 0xFF, 31] && facts.index == -1)
    }
}
