import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct SALTopicTests {
    private func component(_ text: String) throws -> SALComponent {
        try SALComponent(parsing: Array(text.utf8), file: "test.idl")
    }

    @Test func namesOfATopic() throws {
        let demo = try component(DemoIDL.text)
        #expect(demo.isIndexed && demo.skippedStructs.isEmpty)
        let state = try #require(demo.topic(named: "logevent_tankState"))
        #expect(state.kind == .event && state.revCode == "5e6f7a8b")
        #expect(state.ddsTopicName == "Demo_logevent_tankState_5e6f7a8b")
        #expect(state.ddsTypeName == "Demo::logevent_tankState_5e6f7a8b")
        #expect(state.kafkaTopicName == "lsst.sal.Demo.logevent_tankState")
        #expect(state.subject == "lsst.sal.Demo.logevent_tankState-value")
        #expect(state.ddsPartition(prefix: "summit") == "summit.Demo.data")
        #expect(state.keyFields == [0] && state.indexField == 0)
        #expect(
            [state.revCodeField, state.rcvStampField, state.seqNumField, state.identityField, state.originField] == [
                1, 3, 4, 5, 6,
            ])
        #expect(state.sndStampField == 2)
        #expect(state.publicFields.map(\.name) == ["state", "alarm", "reason"])
    }

    /// Only commands have a partition of their own: acknowledgements travel with the data.
    @Test func kindsAndPartitions() throws {
        let demo = try component(DemoIDL.text)
        #expect(demo.topics.map(\.kind) == [.telemetry, .event, .command, .telemetry, .ackcmd])
        #expect(
            demo.topics.map { $0.ddsPartition(prefix: "p") } == [
                "p.Demo.data", "p.Demo.data", "p.Demo.cmd", "p.Demo.data", "p.Demo.data",
            ])
    }

    @Test func templatesOf2019AreNoTopics() throws {
        let old = try component(DemoIDL.text2019)
        #expect(old.topics.map(\.salName) == ["logevent_door", "ackcmd"])
        #expect(old.skippedStructs == ["command", "logevent"])
        let ackcmd = try #require(old.topic(named: "ackcmd"))
        #expect(ackcmd.revCode == nil && ackcmd.ddsTopicName == "Old_ackcmd" && ackcmd.ddsTypeName == "Old::ackcmd")
        #expect(ackcmd.indexField == 6 && ackcmd.identityField == nil && ackcmd.seqNumField == 5)
    }

    @Test(
        arguments: [
            ("evt_tankState", "logevent_tankState"), ("cmd_fill", "command_fill"), ("tel_tankLevels", "tankLevels"),
            ("ack_ackcmd", "ackcmd"),
            ("logevent_tankState", "logevent_tankState"), ("tankLevels", "tankLevels"), ("evt_none", nil),
        ] as [(String, String?)])
    func bothNameForms(name: String, salName: String?) throws {
        #expect(try component(DemoIDL.text).topic(named: name)?.salName == salName)
    }

    @Test(
        arguments: [
            ("tankLevels_1a2b3c4d", "tankLevels", "1a2b3c4d"), ("ackcmd", "ackcmd", nil),
            ("a_b_00000000", "a_b", "00000000"),
            ("x_1A2B3C4D", "x_1A2B3C4D", nil),
            ("x_1a2b3c4", "x_1a2b3c4", nil), ("_1a2b3c4d", "_1a2b3c4d", nil), ("x1a2b3c4d", "x1a2b3c4d", nil),
            ("", "", nil),
        ] as [(String, String, String?)])
    func revisionOfAName(structName: String, salName: String, revCode: String?) {
        let name = SALName(structName: structName)
        #expect(name.salName == salName && name.revCode == revCode)
    }

    @Test func enumerationsFindTheirFields() throws {
        let demo = try component(DemoIDL.text)
        #expect(demo.enumerations.map(\.name) == ["TankState", "Side", "Tank"])
        #expect(demo.enumerations.map(\.scope) == [.topic("tankState"), .shared, .index])
        let state = try #require(demo.topic(named: "evt_tankState")?.fields[7].enumeration)
        #expect(state.items.map(\.name) == ["Empty", "Full"] && state.items.map(\.value) == [1, 2])
        #expect(demo.topic(named: "cmd_fill")?.fields[7].enumeration?.name == "Side")
        #expect(demo.topic(named: "tankLevels")?.fields[0].enumeration?.name == "Tank")
        #expect(demo.topic(named: "tankLevels")?.fields[9].enumeration == nil)
        #expect(try component(DemoIDL.text2019).topics[0].fields[7].enumeration?.items.map(\.value) == [1, 2])
    }

    @Test(arguments: [
        ("long a;", "no field private_sndStamp"), ("long private_sndStamp;", "private_sndStamp has another type"),
        ("double private_sndStamp[2];", "private_sndStamp has another type"),
        ("double private_sndStamp; string salIndex;", "salIndex has another type"),
        ("double private_sndStamp; double private_efdStamp;", "private_efdStamp has the name of a stamp"),
    ])
    func unusableStructs(fields: String, says: String) throws {
        let error = try #require(throws: EFDError.self) { try component("module M { struct s { \(fields) }; };") }
        #expect(
            error.code == "sal.topicUnusable" && error.message.contains(says) && error.message.hasPrefix("test.idl"),
            "\(error)")
    }

    @Test func moduleWithoutTopics() throws {
        let error = try #require(throws: EFDError.self) { try component("module M { const long a=1; };") }
        #expect(error.code == "sal.noTopics")
    }

    @Test func filesAndUnknownComponents() {
        #expect(SALComponent.fileName("ATDome") == "sal_revCoded_ATDome.idl")
        #expect(SALComponent.component(ofFile: "/data/sal_revCoded_ATDome.idl") == "ATDome")
        #expect(
            SALComponent.component(ofFile: "/data/DDS.idl") == nil
                && SALComponent.component(ofFile: "sal_revCoded_.idl") == nil)
        let error = SALComponent.unknown("ATDoom", known: ["ATDome", "MTMount", "Test"], folder: "/data")
        #expect(
            error.code == "sal.unknownComponent" && error.remedy.contains("ATDome") && !error.remedy.contains("MTMount")
        )
        #expect(SALComponent.unknown("X", known: [], folder: "/data").remedy.contains("--idl-dir"))
        #expect(SALComponent.unknown("Quatsch", known: ["ATDome"], folder: "/data").remedy.contains("ATDome"))
    }

    @Test(.enabled(if: SharedData.folder != nil, "no ../shared/data and no EFD_SHARED"))
    func realFilesParse() throws {
        let files = try SharedData.idlFiles()
        #expect(files.count >= 4)
        for path in files {
            let component = try SALComponent(parsing: Files.read(path), file: path)
            #expect(!component.topics.isEmpty)
            for topic in component.topics {
                #expect(topic.isIndexed == !(topic.definition.keys ?? []).isEmpty, "\(topic.ddsTypeName)")
                #expect(topic.seqNumField != nil && topic.rcvStampField != nil)
            }
        }
        let names = try files.map { try SALComponent(parsing: Files.read($0), file: $0).name }
        #expect(Set(names).isSuperset(of: ["ATDome", "Script", "Test", "Simple"]))
    }
}
