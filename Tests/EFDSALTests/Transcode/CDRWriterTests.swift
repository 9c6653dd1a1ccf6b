import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct CDRWriterTests {
    private func definition(_ fields: String) throws -> IDLStruct {
        try IDLModule(parsing: Array("module M { struct s { \(fields) }; };".utf8), file: "w.idl").structs[0]
    }

    @Test func layoutOfBothVersions() throws {
        let definition = try definition("octet a; double b; string c; string d[1];")
        let values: [SALValue] = [.integer(1), .real(0.5), .text("hi"), .texts([""])]
        let half: [UInt8] = [0, 0, 0, 0, 0, 0, 0xE0, 0x3F]
        let expected: [[UInt8]] = [
            [0, 0, 0, 3] + [1, 0, 0, 0, 0, 0, 0, 0] + half.reversed() + [0, 0, 0, 3, 0x68, 0x69, 0, 0] + [
                0, 0, 0, 1, 0, 0, 0, 0,
            ],
            [0, 1, 0, 3] + [1, 0, 0, 0, 0, 0, 0, 0] + half + [3, 0, 0, 0, 0x68, 0x69, 0, 0] + [1, 0, 0, 0, 0, 0, 0, 0],
            [0, 6, 0, 3] + [1, 0, 0, 0] + half.reversed() + [0, 0, 0, 3, 0x68, 0x69, 0, 0] + [0, 0, 0, 5] + [
                0, 0, 0, 1, 0, 0, 0, 0,
            ],
            [0, 7, 0, 3] + [1, 0, 0, 0] + half + [3, 0, 0, 0, 0x68, 0x69, 0, 0] + [5, 0, 0, 0] + [
                1, 0, 0, 0, 0, 0, 0, 0,
            ],
        ]
        for (encoding, expected) in zip(CDREncoding.all, expected) {
            var bytes: [UInt8] = [5]
            try CDRWriter(definition, encoding: encoding).append(values, to: &bytes)
            #expect(bytes == [5] + expected)
        }
    }

    @Test(
        arguments: [
            ("boolean a;", .integer(1)), ("octet a;", .integer(256)), ("octet a;", .integer(-1)),
            ("short a;", .integer(32768)), ("long a;", .integer(1 << 31)),
            ("unsigned long a;", .integer(-1)), ("double a;", .integer(1)), ("long a;", .real(1)),
            ("string a;", .boolean(true)),
            ("string<2> a;", .text("abc")),
            ("string<2> a;", .text("é€")), ("string a;", .bytes([1, 0, 1])), ("long a[2];", .integers([1])),
            ("long a[2];", .integer(1)),
            ("long a;", .integers([1])),
            ("double a[1];", .integers([1])), ("string a[1];", .reals([1])), ("long a;", .text("1")),
        ] as [(String, SALValue)])
    func refusesOtherValues(fields: String, value: SALValue) throws {
        var bytes: [UInt8] = [1, 2]
        let writer = CDRWriter(try definition("octet first; " + fields))
        let error = try #require(throws: EFDError.self) { try writer.append([.integer(1), value], to: &bytes) }
        #expect(error.code == "sal.valueMismatch" && bytes == [1, 2])
        #expect(throws: EFDError.self) { try writer.append([.integer(1)], to: &bytes) }
    }
}
