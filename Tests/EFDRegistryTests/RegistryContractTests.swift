import EFDCore
import EFDHTTP
import EFDRegistry
import EFDTestKit
import Testing

/// What the client can rely on with every registry, ours and others'.
@Suite(.serialized) struct RegistryContractTests {
    static let kinds = TestRegistry.Kind.allCases.filter(\.isAvailable)

    private static func record(_ fields: String...) -> String {
        #"{"type":"record","name":"Sample","namespace":"lsst.sal","fields":["# + fields.joined(separator: ",") + "]}"
    }
    private static let a = record(#"{"name":"a","type":"int"}"#)
    private static let ab = record(#"{"name":"a","type":"int"}"#, #"{"name":"b","type":"int"}"#)
    private static let abDefault = record(
        #"{"name":"a","type":"int"}"#, #"{"name":"b","type":"int","default":0,"units":"mm²","description":"a \"b\""}"#)

    private func subject(_ name: String = "subject") -> String { TestBroker.uniqueName("lsst.sal.\(name)") + "-value" }

    @Test(arguments: kinds)
    func aSchemaIsFoundByIdBySubjectAndByText(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let subject = subject()
        let id = try client.register(Self.abDefault, subject: subject)
        #expect(try client.register(Self.abDefault, subject: subject) == id, "the same again")
        let byID = try #require(try client.schema(id: id))
        #expect(try JSON.parse(byID.text) == JSON.parse(Self.abDefault), "attributes and their order are kept")
        #expect(byID.id == id && byID.type == "AVRO")
        let latest = try #require(try client.latest(subject))
        #expect(latest.id == id && latest.version == 1 && latest.subject == subject)
        #expect(try client.version(1, of: subject)?.id == id)
        #expect(try client.lookup(Self.abDefault, subject: subject)?.version == 1)
        #expect(try client.subjects().contains(subject))
        #expect(try client.versions(subject) == [1])
    }

    @Test(arguments: kinds)
    func whatIsNotThereIsNil(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        #expect(try client.schema(id: 2_000_000_000) == nil)
        #expect(try client.latest(subject()) == nil)
        #expect(try client.version(4, of: subject()) == nil)
        #expect(try client.versions(subject()).isEmpty)
        #expect(try client.lookup(Self.a, subject: subject()) == nil)
        let known = subject()
        _ = try client.register(Self.a, subject: known)
        #expect(try client.version(7, of: known) == nil)
        #expect(try client.lookup(Self.ab, subject: known) == nil)
    }

    @Test(arguments: kinds)
    func versionsFollowEachOtherAsTheLevelAllows(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let subject = subject()
        _ = try client.register(Self.a, subject: subject)
        for level in CompatibilityLevel.allCases {
            try client.setCompatibility(level, for: subject)
            #expect(try client.compatibility(subject) == level)
        }
        try client.setCompatibility(.backward, for: subject)
        #expect(try client.compatible(Self.abDefault, subject: subject).isCompatible)
        #expect(try client.compatible(Self.ab, subject: subject).isCompatible == false)
        let refused = #expect(throws: EFDError.self) { try client.register(Self.ab, subject: subject) }
        #expect(refused?.code == "registry.schemaIncompatible" && refused?.recovery == .intervene)
        #expect(refused?.remedy.contains("BACKWARD") == true)
        #expect(
            refused?.message.contains("fields/1") == true, "it says what is incompatible: \(refused?.message ?? "")")
        let id = try client.register(Self.abDefault, subject: subject)
        #expect(try client.versions(subject) == [1, 2])
        #expect(try client.latest(subject)?.id == id)
        try client.setCompatibility(.none, for: subject)
        _ = try client.register(Self.ab, subject: subject)
        #expect(try client.versions(subject) == [1, 2, 3])
    }

    @Test(arguments: kinds)
    func aSchemaMayReferToAnothers(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let (inner, outer) = (subject("inner"), subject("outer"))
        let id = try client.register(Self.a, subject: inner)
        let text =
            #"{"type":"record","name":"Outer","namespace":"lsst.sal","fields":[{"name":"sample","type":"lsst.sal.Sample"}]}"#
        let references = [SchemaReference(name: "lsst.sal.Sample", subject: inner, version: 1)]
        let outerID = try client.register(text, subject: outer, references: references)
        #expect(outerID != id)
        #expect(try client.register(text, subject: outer, references: references) == outerID, "the same again")
        #expect(try client.schema(id: outerID)?.references == references)
        #expect(try client.latest(outer)?.references == references)
        #expect(try client.lookup(text, subject: outer, references: references)?.id == outerID)
        #expect(try client.referrers(to: 1, of: inner) == [outerID])
        #expect(try client.uses(ofSchema: outerID) == [SubjectVersion(subject: outer, version: 1)])
    }

    @Test(arguments: kinds)
    func anInvalidSchemaIsRefused(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let error = #expect(throws: EFDError.self) {
            try client.register(#"{"type":"record","name":"R"}"#, subject: subject())
        }
        // Apicurio fails on it, with status 500 and the name of a Java class.
        #expect(error?.code == (kind == .apicurio ? "registry.unavailable" : "registry.schemaInvalid"))
    }

    @Test(arguments: kinds)
    func aWrongPathDiffersFromAMissingSchema(kind: TestRegistry.Kind) throws {
        let client = RegistryClient(try RegistryOptions([try TestRegistry.shared(kind).url + "/nowhere"]))
        for attempt in [
            { _ = try client.schema(id: 1) }, { _ = try client.register(Self.a, subject: "s") },
            { _ = try client.subjects() },
        ] {
            let error = #expect(throws: EFDError.self) { try attempt() }
            #expect(error?.code == "registry.pathUnknown")
        }
        #expect(try TestRegistry.shared(kind).client().mode() == (kind == .apicurio ? nil : .readWrite))
    }

    @Test(arguments: kinds)
    func namesMayHoldAnything(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let subject = TestBroker.uniqueName("a b/c%d+é&=?#")
        let id = try client.register(Self.a, subject: subject)
        #expect(try client.latest(subject)?.id == id)
        #expect(try client.subjects().contains(subject))
    }

    @Test(arguments: kinds)
    func aDeletedSubjectIsGone(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let subject = subject()
        _ = try client.register(Self.a, subject: subject)
        #expect(try client.deleteSubject(subject) == [1])
        #expect(try client.latest(subject) == nil)
        #expect(try client.subjects().contains(subject) == false)
    }

    @Test(arguments: kinds)
    func manyThreadsRegisterAtOnce(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let prefix = subject("many")
        let text = Self.record(#"{"name":"\#(prefix.filter { $0.isLetter })","type":"int"}"#)
        let results = BoundedQueue<Int32>(capacity: 64)
        let errors = Locked<[String]>([])
        for thread in 0..<4 {
            let register: @Sendable () -> Void = {
                for index in 0..<5 {
                    do throws(EFDError) {
                        results.push(try client.register(text, subject: "\(prefix)-\(thread)-\(index)"))
                    } catch {
                        errors.withLock { $0.append(error.description) }
                        results.push(-1)
                    }
                }
            }
            JoinableThread.detach("register", register)
        }
        var ids: Set<Int32> = []
        for _ in 0..<20 { if let id = results.pop() { ids.insert(id) } }
        #expect(errors.withLock { $0 } == [])
        // Apicurio gives an id for each subject; every one of them leads to the schema.
        if kind == .efd { #expect(ids.count == 1, "one text has one id, whoever registers it") }
        for id in ids { #expect(try client.schema(id: id)?.text == text) }
        #expect(try client.subjects(prefix: prefix).filter { $0.hasPrefix(prefix) }.count == 20)
    }

    @Test(arguments: kinds)
    func aCacheServesWhatTheRegistryHas(kind: TestRegistry.Kind) throws {
        let client = try TestRegistry.shared(kind).client()
        let id = try client.register(Self.a, subject: subject())
        let cache = SchemaCache(client)
        guard case .found(let schema) = cache.schema(id) else {
            Issue.record("the cache has no schema \(id)")
            return
        }
        #expect(try JSON.parse(schema.text) == JSON.parse(Self.a))
        #expect(cache.schema(2_000_000_001) == .missing)
    }
}
