import CCycloneDDS
import EFDCore
import EFDDDS
import EFDSAL
import EFDTestKit
import Foundation
import Testing

/// Compares our type descriptions with those of Cyclone's own compiler.
@Suite(.serialized) struct TopicDescriptorTests {
    /// A shared object with idlc's descriptors of an IDL text.
    private final class Compiled {
        private let workshop: Workshop
        private let handle: UnsafeMutableRawPointer

        init(_ idl: String) throws {
            workshop = try Workshop()
            try workshop.write(idl, to: "types.idl")
            try workshop.idlc("types")
            try workshop.run("cc", ["-shared", "-fPIC", "-O0", "-o", "types.so", "types.c"])
            guard let handle = dlopen("\(workshop.folder)/types.so", RTLD_NOW) else {
                throw Workshop.Failed(description: String(cString: dlerror()))
            }
            self.handle = handle
        }

        deinit { dlclose(handle) }

        func descriptor(_ module: String, _ name: String) -> dds_topic_descriptor_t? {
            dlsym(handle, "\(module)_\(name)_desc").map {
                $0.assumingMemoryBound(to: dds_topic_descriptor_t.self).pointee
            }
        }
    }

    /// What distinguishes ours from idlc's, nil: nothing.
    private func difference(_ ours: TopicDescriptor, _ theirs: dds_topic_descriptor_t) -> String? {
        func text<Value: Equatable>(_ what: String, _ ours: Value, _ theirs: Value) -> String? {
            ours == theirs ? nil : "\(what): \(ours), idlc has \(theirs)"
        }
        let operations = Array(UnsafeBufferPointer(start: theirs.m_ops, count: ours.operations.count))
        let keys = (0..<Int(theirs.m_nkeys)).map { index in
            "\(String(cString: theirs.m_keys[index].m_name)) \(theirs.m_keys[index].m_offset) "
                + "\(theirs.m_keys[index].m_idx)"
        }
        let metadata: UInt32 = 1 << 6  // XTypes information, which we do not give
        return text("type", ours.typeName, String(cString: theirs.m_typename))
            ?? text("operations", ours.operations, operations)
            ?? text("instructions", ours.instructionCount, theirs.m_nops)
            ?? text("size", ours.size, theirs.m_size) ?? text("alignment", ours.alignment, theirs.m_align)
            ?? text("flags", ours.flags, theirs.m_flagset & ~metadata)
            ?? text("keys", ours.keys.enumerated().map { "\($1.name) \($1.offset) \($0)" }, keys)
    }

    private func compare(_ module: IDLModule, _ idl: String) throws -> Int {
        let compiled = try Compiled(idl)
        var compared = 0
        for definition in module.structs {
            guard let theirs = compiled.descriptor(module.name, definition.name) else {
                #expect(definition.keys == nil, "idlc made nothing of \(definition.name)")
                continue
            }
            compared += 1
            let different = difference(try TopicDescriptor(definition, module: module.name), theirs)
            #expect(different == nil, "\(module.name)::\(definition.name): \(different ?? "")")
        }
        return compared
    }

    @Test(.enabled(if: SharedData.folder != nil, "no shared data: set EFD_SHARED"))
    func realFilesWordForWord() throws {
        var compared = 0
        for path in try SharedData.idlFiles() {
            let bytes = try Files.read(path)
            compared += try compare(try IDLModule(parsing: bytes, file: path), String(decoding: bytes, as: UTF8.self))
        }
        #expect(compared >= 80)
    }

    private static let types: [IDLType] = [
        .boolean, .octet, .char, .int16, .uint16, .int32, .uint32, .int64, .uint64, .float, .double,
        .string(bound: nil), .string(bound: 1), .string(bound: 8),
        .string(bound: 11), .string(bound: 128),
    ]

    /// Each type separately, after a byte, in an array, and as a key.
    @Test func everyTypeWordForWord() throws {
        var structs: [IDLStruct] = []
        for (number, type) in Self.types.enumerated() {
            structs.append(IDLStruct("plain\(number)_00000000", keys: [], [IDLField("value", type)]))
            structs.append(
                IDLStruct(
                    "after\(number)_00000000", keys: [],
                    [IDLField("first", .octet), IDLField("value", type), IDLField("last", .octet)]))
            structs.append(
                IDLStruct(
                    "array\(number)_00000000", keys: [],
                    [IDLField("first", .octet), IDLField("values", type, 5), IDLField("last", .int16)]))
            structs.append(
                IDLStruct(
                    "keyed\(number)_00000000", keys: ["value"], [IDLField("first", .octet), IDLField("value", type)]))
        }
        let module = IDLModule(name: "Every", structs: structs)
        #expect(try compare(module, module.idl) == structs.count)
    }

    @Test func randomStructsWordForWord() throws {
        var random = SeededGenerator(seed: 2_024)
        let structs = (0..<150).map { number in
            let fields = (0..<Int.random(in: 1...12, using: &random)).map { position in
                let length = Int.random(in: 0..<3, using: &random) == 0 ? Int.random(in: 1...40, using: &random) : nil
                return IDLField("f\(position)", Self.types.randomElement(using: &random)!, length)
            }
            // In an order of their own, as a careless keylist has them.
            let scalars = fields.filter { $0.arrayLength == nil }.map(\.name).shuffled(using: &random)
            let keys = Array(scalars.prefix(Int.random(in: 0...3, using: &random)))
            return IDLStruct("s\(number)_00000000", keys: keys, fields)
        }
        let module = IDLModule(name: "Random", structs: structs)
        #expect(try compare(module, module.idl) == structs.count)
    }

    @Test func theJudgeSeesADifference() throws {
        let asked = IDLStruct("probe_00000000", keys: ["a"], [IDLField("a", .int32), IDLField("b", .double)])
        let compiled = try Compiled(IDLModule(name: "Probe", structs: [asked]).idl)
        let theirs = try #require(compiled.descriptor("Probe", "probe_00000000"))
        #expect(difference(try TopicDescriptor(asked, module: "Probe"), theirs) == nil)
        for wrong in [
            IDLStruct(asked.name, keys: [], asked.fields),
            IDLStruct(asked.name, keys: ["a"], [IDLField("a", .uint32), IDLField("b", .double)]),
            IDLStruct(asked.name, keys: ["a"], [IDLField("a", .int32), IDLField("b", .float)]),
        ] { #expect(difference(try TopicDescriptor(wrong, module: "Probe"), theirs) != nil) }
    }

    @Test func absurdSizesAreRefused() {
        for field in [
            IDLField("texts", .string(bound: IDLLimits.stringBound), IDLLimits.elements),
            IDLField("text", .string(bound: 1 << 28)),
            IDLField("values", .double, 1 << 30),
        ] {
            let definition = IDLStruct("huge_00000000", keys: [], [IDLField("first", .double), field])
            #expect { try TopicDescriptor(definition, module: "Probe") } throws: {
                ($0 as? EFDError)?.code == "dds.typeTooLarge"
            }
        }
    }
}
