import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct IDLFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let code: EFDError.Code
        let place: String
        let says: String
        var testDescription: String { says }

        init(_ text: String, _ code: EFDError.Code, _ place: String, _ says: String) {
            (self.text, self.code, self.place, self.says) = (text, code, place, says)
        }

        /// A field line, which stands at line 3.
        static func field(_ line: String, _ code: EFDError.Code, _ column: Int, _ says: String) -> Case {
            Case("module M {\nstruct s {\n\(line)\n};\n};\n", code, "3:\(column)", says)
        }
    }

    static let cases: [Case] = [
        .field("quaternion q;", "sal.idlUnknownType", 1, "unknown type “quaternion” of a field of struct s"),
        .field("unsigned double d;", "sal.idlUnknownType", 1, "“unsigned” followed by “double”"),
        .field("long double d;", "sal.idlUnsupportedType", 1, "long double"),
        .field("  sequence<long> q;", "sal.idlUnsupportedType", 3, "sequence"),
        .field("struct inner { long a; } b;", "sal.idlUnsupportedType", 1, "nested struct"),
        .field("s other;", "sal.idlUnsupportedType", 1, "nested struct"),
        .field("DDS::Time t;", "sal.idlUnsupportedType", 1, "another module"),
        .field("wstring w;", "sal.idlUnsupportedType", 1, "wstring"),
        .field("union u;", "sal.idlUnsupportedType", 1, "union"),
        .field("long a[2][3];", "sal.idlUnsupportedType", 1, "array of arrays"),
        .field("long a[0];", "sal.idlSyntax", 8, "the array length of field a is 0"),
        .field("long a[-1];", "sal.idlSyntax", 8, "must be a number"),
        .field("long a[N];", "sal.idlSyntax", 8, "must be a number"),
        .field("long a[2000000];", "sal.idlTooLarge", 8, "2000000, more than 1048576"),
        .field("long a[1000000]; long b[1000000];", "sal.idlTooLarge", 18, "more than 1048576 elements at field “b”"),
        .field("string<99999999> a;", "sal.idlTooLarge", 8, "string bound is 99999999"),
        .field("string<99999999999999999999> a;", "sal.idlSyntax", 8, "64 bits"),
        .field("long 2a;", "sal.idlSyntax", 6, "64 bits"),
        .field("long a b;", "sal.idlSyntax", 8, "expected “;”"),
        .field("long a; double a;", "sal.idlDuplicateName", 9, "two fields “a”"),
        .field("@key long a;", "sal.idlSyntax", 1, "“@”"),
        .field("long \u{E9}t\u{E9};", "sal.idlSyntax", 6, "byte 0xC3"),
        Case("module M {\nstruct s {\n};\n};", "sal.idlSyntax", "3:1", "no field"),
        Case(
            "module M {\nstruct s { long a; };\nstruct s { long a; };\n};", "sal.idlDuplicateName", "3:8",
            "struct s is defined twice"),
        Case(
            "module M {\nstruct t_00000001 { long a; };\nstruct t_00000002 { long a; };\n};", "sal.idlDuplicateName",
            "3:8", "topic t is defined twice"),
        Case(
            "module M {\nstruct s { long a; };\n#pragma keylist t a\n};", "sal.idlUnknownKey", "3:1", "names struct “t”"
        ),
        Case(
            "module M {\nstruct s { long a; };\n#pragma keylist s b\n};", "sal.idlUnknownKey", "3:1", "names field “b”"),
        Case(
            "module M {\nstruct s { long a; long b; };\n#pragma keylist s a\n#pragma keylist s b\n};",
            "sal.idlDuplicateName", "4:1", "two different key lists"),
        Case("module M {\n#pragma keylist\n};", "sal.idlSyntax", "2:1", "names no struct"),
        Case("module M {\nconst long a=b;\n};", "sal.idlSyntax", "2:14", "constant a needs a number"),
        Case("module M {\nconst long a=0xFFFFFFFFFFFFFFFFF;\n};", "sal.idlSyntax", "2:14", "64 bits"),
        Case("module M {\nstruct s { long a; }\n};", "sal.idlSyntax", "3:1", "expected “;” after struct s"),
        Case("", "sal.notSALIDL", "1:1", "the file is empty"),
        Case("// nothing\n", "sal.notSALIDL", "2:1", "has no module"),
        Case("struct s { long a; };", "sal.notSALIDL", "1:1", "before any module"),
        Case("module A { struct s { long a; }; };\nmodule B { };", "sal.notSALIDL", "2:1", "one module per file"),
        Case(
            "#ifndef DDS\n#define DDS\nmodule DDS {\n typedef long Domain;\n};\n#endif", "sal.notSALIDL", "4:2",
            "“typedef” in module DDS"),
        Case("module DDS {\n enum E { A, B };\n};", "sal.notSALIDL", "2:2", "“enum”"),
        Case("module DDS {\n module Sub { native N; };\n};", "sal.notSALIDL", "2:2", "“module”"),
        Case("typedef long T;", "sal.notSALIDL", "1:1", "“typedef” before any module"),
        Case("module M {\nstruct s {\nlong a;", "sal.idlTruncated", "3:8", "inside struct s, which begins on line 2"),
        Case("module M {\nstruct s {\nlong a;\n};\n", "sal.idlTruncated", "5:1", "module M"),
        Case("module M {\nstruct s {\nlong a[", "sal.idlTruncated", "3:8", "inside struct s"),
        Case("module M {\n/* never", "sal.idlTruncated", "2:1", "comment without its end"),
        Case("module M {\nstruct s {\nlong a\u{0};", "sal.notSALIDL", "3:7", "binary"),
    ]

    @Test(arguments: cases)
    func faultHasPlaceCodeAndRemedy(fault: Case) throws {
        let error = try #require(throws: EFDError.self) {
            try IDLModule(parsing: Array(fault.text.utf8), file: "bad.idl")
        }
        #expect(error.code == fault.code)
        #expect(error.message.hasPrefix("bad.idl:\(fault.place): "), "\(error)")
        #expect(error.message.contains(fault.says), "\(error)")
        #expect(!error.remedy.isEmpty)
    }

    /// Whatever is left of a file, the answer is a module or an error that names a place.
    @Test func everyTruncationIsMet() throws {
        let bytes = Array(DemoIDL.text.utf8)
        for end in stride(from: 0, to: bytes.count - 3, by: 7) {
            let error = #expect(throws: EFDError.self) { try IDLModule(parsing: Array(bytes[..<end]), file: "cut.idl") }
            #expect(error?.message.hasPrefix("cut.idl:") == true)
        }
    }

    @Test func mutationsNeverTrap() throws {
        var seeds = [Array(DemoIDL.text.utf8), Array(DemoIDL.text2019.utf8)]
        for path in try SharedData.idlFiles() { seeds.append(try Files.read(path)) }
        var random = SeededGenerator(seed: 20_260_701)
        let interesting: [UInt8] = Array("{}[]<>;#\"/*=:-0x9\n\r\t ".utf8) + [0, 0x80, 0xFF]
        var refused = 0
        for round in 0..<600 {
            var bytes = seeds[round % seeds.count]
            for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0: bytes[at] = .random(in: 0...255, using: &random)
                case 1: bytes[at] = interesting.randomElement(using: &random)!
                case 2: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &random)))
                case 3:
                    bytes.insert(
                        contentsOf: bytes[at..<min(bytes.count, at + 60)],
                        at: Int.random(in: 0...bytes.count, using: &random))
                default: bytes.removeSubrange(at...)
                }
            }
            do throws(EFDError) { _ = try SALComponent(parsing: bytes, file: "fuzz.idl") } catch {
                refused += 1
                #expect(!error.message.isEmpty && error.message.hasPrefix("fuzz.idl"))
            }
        }
        #expect(refused > 100)
    }
}
