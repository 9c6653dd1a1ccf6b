import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct IDLParserTests {
    private func parse(_ text: String) throws -> IDLModule {
        try IDLModule(parsing: Array(text.utf8), file: "test.idl")
    }

    /// The one struct of a module around `fields`.
    private func fields(_ text: String) throws -> [IDLField] {
        try parse("module M {\nstruct s {\n\(text)\n};\n};").structs[0].fields
    }

    @Test func readsTheFormOf2020() throws {
        let module = try parse(DemoIDL.text)
        #expect(module.name == "Demo")
        #expect(module.salVersion == "6.1.0")
        #expect(module.xmlVersion == "11.0.0")
        #expect(
            module.structs.map(\.name) == [
                "tankLevels_1a2b3c4d", "logevent_tankState_5e6f7a8b", "command_fill_00ff00ff", "every_0123abcd",
                "ackcmd_89abcdef",
            ])
        #expect(module.structs.allSatisfy { $0.keys == ["salIndex"] })
        let levels = module.structs[0]
        #expect(levels.description == "Levels of the tanks, 50 Hz")
        #expect(levels.fields.count == 10)
        #expect(levels.fields[0] == IDLField(name: "salIndex", type: .int32, description: "Instance of the component"))
        #expect(levels.fields[5].type == .string(bound: 128))
        #expect(
            levels.fields[7]
                == IDLField(name: "level", type: .double, arrayLength: 4, units: "m", description: "Level of each tank")
        )
        #expect(levels.fields[8].description == "Flow, \"net\" (signed)")
        #expect(
            module.constants.map(\.value) == [1, 2, 0, 8, 1, 2]
                && module.constants[1] == IDLConstant(name: "tankState_TankState_Full", value: 2))
    }

    @Test func readsTheFormOf2019() throws {
        let module = try parse(DemoIDL.text2019)
        #expect(module.salVersion == nil && module.xmlVersion == nil)
        #expect(module.structs.map(\.name) == ["logevent_door_0a0a0a0a", "command", "ackcmd", "logevent"])
        #expect(module.structs.allSatisfy { $0.keys == ["OldID"] && $0.description == nil })
    }

    @Test(
        arguments: [
            ("boolean", .boolean), ("octet", .octet), ("byte", .octet), ("char", .char), ("short", .int16),
            ("unsigned short", .uint16), ("long", .int32),
            ("int", .int32), ("unsigned long", .uint32), ("unsigned int", .uint32), ("long long", .int64),
            ("unsigned long long", .uint64), ("float", .float),
            ("double", .double), ("string", .string(bound: nil)), ("string<8>", .string(bound: 8)),
            ("string < 0x10 >", .string(bound: 16)),
        ] as [(String, IDLType)])
    func readsEveryType(spelling: String, type: IDLType) throws {
        let read = try fields("\(spelling)\tvalue;\n \(spelling) \t values [3] ;")
        #expect(read == [IDLField(name: "value", type: type), IDLField(name: "values", type: type, arrayLength: 3)])
    }

    @Test func keywordsAndCaseAreNames() throws {
        let read = try fields(
            """
            long long; unsigned long double; long long int; long struct; double default; double Default; string \
            string; long module[2];
            """
        )
        #expect(read.map(\.name) == ["long", "double", "int", "struct", "default", "Default", "string", "module"])
        #expect(read.map(\.type) == [.int32, .uint32, .int64, .int32, .double, .double, .string(bound: nil), .int32])
    }

    @Test(
        arguments: [
            ("long a; // @Metadata=(Units=\"m\",Description=\"x\")", "m", "x"),
            ("long a; //private // @Metadata=(Description=\"(\"a\") \")\")", nil, "(\"a\") \")"),
            ("long a;// @Metadata=(Units=\"\",Description=\"\")", "", ""),
            ("long a; // @Metadata=(Units=\"deg\")", "deg", nil),
            ("long a; // @Metadata=(Units=\"deg\",Description=\"cut", nil, nil),
            ("long a; // @Metadata=(Description=\"Units=\"m\",Description=\"y\")", nil, "Units=\"m\",Description=\"y"),
            ("long a; // @Metadata=(Color=\"red\")", nil, nil), ("long a; /* // */ ", nil, nil),
            ("long a; // @Metadata=(\")", nil, nil),
        ] as [(String, String?, String?)])
    func readsMetadata(line: String, units: String?, description: String?) throws {
        #expect(try fields(line) == [IDLField(name: "a", type: .int32, units: units, description: description)])
    }

    @Test func metadataBelongsToTheLastFieldOfItsLine() throws {
        let read = try fields("long a; long b; // @Metadata=(Units=\"m\")\nlong c;")
        #expect(read.map(\.units) == [nil, "m", nil])
    }

    @Test func commentsMayBeLatin1() throws {
        var bytes = Array("module M {\nstruct s {\nlong a; // @Metadata=(Units=\"".utf8)
        bytes +=
            [0xB5, UInt8(ascii: "m")] + Array("\",Description=\"20 ".utf8) + [0xC2, 0xB0] + Array("C\")\n};\n};".utf8)
        let field = try IDLModule(parsing: bytes, file: "latin.idl").structs[0].fields[0]
        #expect(field.units == "µm" && field.description == "20 °C")
    }

    @Test(
        arguments: [
            ("#pragma keylist s b a", ["a", "b"]), ("#pragma keylist s b,a , a // comment", ["a", "b"]),
            ("  # pragma  keylist\ts", []),
            ("#pragma keylist M::s b", ["b"]),
            ("#pragma once\n#include \"x\"\n#pragma keylist s a\n#pragma keylist s a", ["a"]), ("#pragma other s", nil),
        ] as [(String, [String]?)])
    func readsKeylists(pragma: String, keys: [String]?) throws {
        for text in [
            "module M {\nstruct s { long a; long b; };\n\(pragma)\n};",
            "module M {\n\(pragma)\nstruct s { long a; long b; };\n};",
            "module M {struct s { long a; long b; };};\n\(pragma)",
        ] {
            #expect(try parse(text).structs[0].keys == keys)
        }
    }

    @Test func constantsInEverySpelling() throws {
        let text = """
            const long a=04; const long long b = -5 ; const short c=0x1F; const unsigned long d = +7; const long e=08; const long f=0;
            const string g = "no; number"; const double h = 1.5; const boolean i = TRUE; const long j=9223372036854775807;
            """
        let constants = try parse("module M {\n\(text)\nstruct s { long a; };\n};").constants
        #expect(constants.map(\.name) == ["a", "b", "c", "d", "e", "f", "j"])
        #expect(constants.map(\.value) == [4, -5, 31, 7, 8, 0, .max])
    }

    @Test func lineEndsMarksAndBlockCommentsDoNotMatter() throws {
        let text = DemoIDL.text.replacing("\n", with: "\r\n").replacing(
            "module Demo", with: "/* begin\n * of */ module Demo")
        var bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        bytes.removeLast(2)
        #expect(try IDLModule(parsing: bytes, file: "crlf.idl") == parse(DemoIDL.text))
    }
}
