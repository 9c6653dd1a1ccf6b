import EFDCore
import EFDKafka
import EFDRegistry
import EFDSAL
import Foundation
import Testing

@testable import EFDProducer

@Suite struct CatalogueTests {
    private static let idl = """
        // SAL_VERSION=6.1.0 XML_VERSION=11.0.0
        module Demo {
        struct level_1a2b3c4d {
        \t  string<8>\tprivate_revCode; //private
        \t  double\tprivate_sndStamp; //private
        \t  double\tprivate_rcvStamp; //private
        \t  long\tprivate_seqNum; //private
        \t  string<128>\tprivate_identity; //private
        \t  long\tprivate_origin; //private
        \t  double\tvalue; // @Metadata=(Units="m",Description="Level")
        \t};
        #pragma keylist level_1a2b3c4d
        struct logevent_alarm_1a2b3c4e {
        \t  double\tprivate_sndStamp; //private
        \t  long\tstate;
        \t};
        #pragma keylist logevent_alarm_1a2b3c4e
        struct command_start_1a2b3c4f {
        \t  double\tprivate_sndStamp; //private
        \t};
        #pragma keylist command_start_1a2b3c4f
        };
        """

    private let folder: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "efd-idl-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        try Self.idl.write(to: url.appending(path: "sal_revCoded_Demo.idl"), atomically: true, encoding: .utf8)
        folder = url.path
    }

    private func settings(_ arguments: [String]) throws -> Settings {
        try Settings.parse(ProducerSettings.table, arguments: ["--idl-dir", folder] + arguments, environment: [:]) {
            path throws(EFDError) in
            try Files.read(path)
        }
    }

    private func sets(_ text: String) throws -> String {
        let path = folder + "/sets-\(UUID().uuidString).yaml"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private func names(_ arguments: [String]) throws -> [String] {
        try Catalogue(try settings(arguments)).topics.map(\.topic.salName)
    }

    private func complaint(_ arguments: [String]) throws -> String {
        let error = #expect(throws: EFDError.self) { try Catalogue(try settings(arguments)) }
        return error?.description ?? ""
    }

    @Test func topicsAreThoseOfTheFile() throws {
        #expect(try names(["Demo"]) == ["level", "logevent_alarm", "command_start"])
    }

    @Test func patternsChooseTopics() throws {
        #expect(try names(["Demo", "--topic-regex", #"lsst\.sal\.Demo\.l.*"#]) == ["level", "logevent_alarm"])
        #expect(try names(["Demo", "--exclude-regex", #".*command_.*"#]) == ["level", "logevent_alarm"])
        #expect(try complaint(["Demo", "--topic-regex", "level"]).contains("no topic is left"))
    }

    @Test func anUnknownComponentSuggestsNearNames() throws {
        #expect(try complaint(["Dmeo"]).contains("Did you mean Demo?"))
        #expect(try complaint(["Demo", "Demo"]).contains("given twice"))
        #expect(try complaint([]).contains("no component"))
    }

    @Test func namesAndFileExcludeEachOther() throws {
        let file = try sets("component: Demo\ntopic_sets: []\n")
        #expect(try complaint(["Demo", "--file", file]).contains("component names and --file"))
    }

    @Test func topicSetsGivePartitions() throws {
        let file = try sets(
            """
            component: Demo\nqueue_len: 500\ntopic_sets:\n  - telemetry: [level]\n    partitions: 4\n  - events: \
            [alarm]\n
            """
        )
        let topics = try Catalogue(try settings(["--file", file, "--partitions", "2"])).topics
        #expect(topics.map(\.partitions) == [4, 2, 2])
        #expect(topics.map(\.historyDepth) == [500, 500, 500])
    }

    @Test(arguments: [
        ("component: Demo\ntopic_sets:\n  - telemetry: [levle]\n", "Did you mean level"),
        ("component: Demo\ntopic_sets:\n  - telemetry: [level]\n  - telemetry: [level]\n", "is listed twice"),
        ("component: Demo\nqueue_len: 100\ntopic_sets: []\n", "above 100"),
        ("component: Demo\nsets: []\n", "'sets' is unknown"),
        ("topic_sets: []\n", "'component' is missing"),
        ("component: Demo\ntopic_sets:\n  - partitions: 0\n", "1 or more"),
    ])
    func wrongTopicSetsSayWhy(text: String, expected: String) throws {
        #expect(try complaint(["--file", try sets(text)]).contains(expected))
    }

    @Test func predecessorsNamesAreTaken() throws {
        let settings = try settings([
            "Demo", "--broker", "b:9092", "--registry", "http://r:8081", "--username", "u", "--password", "p",
            "--loglevel", "10", "--wait-ack", "1",
        ])
        #expect(settings[ProducerSettings.kafka.bootstrapServers] == ["b:9092"])
        #expect(settings[ProducerSettings.registry.url] == ["http://r:8081"])
        #expect(settings[CommonSettings.logLevel] == .debug)
        try ProducerService.check(settings)
    }

    @Test func aTopicIsFoundByEveryNameItHas() throws {
        let catalogue = try Catalogue(try settings(["Demo"]))
        for name in ["logevent_alarm", "evt_alarm", "lsst.sal.Demo.logevent_alarm"] {
            #expect(try catalogue.topic(named: name).topic.salName == "logevent_alarm")
        }
        #expect(throws: EFDError.self) { try catalogue.topic(named: "logevent_alram") }
    }
}

@Suite struct DeliveryMarkTests {
    @Test(arguments: [(0, 0.0), (1, 1_700_000_000.25), (65_535, 1_795_000_000.999_999)])
    func laneAndAgeComeBack(lane: Int, stamp: Double) {
        let mark = DeliveryMark(raw: DeliveryMark(lane: lane, efdStamp: stamp).raw)
        #expect(mark.lane == lane)
        #expect(abs(mark.age(now: stamp + 1.5) - 1.5) < 0.00001)
        #expect(mark.age(now: stamp - 10) == 0)
    }

    @Test func strangeStampsDoNotTrap() {
        for stamp in [-1.0, .infinity, -.infinity, .nan, 1e300] {
            #expect(DeliveryMark(lane: 3, efdStamp: stamp).lane == 3)
        }
    }
}
