import EFDCore
import EFDSAL
import Testing

@testable import EFDDDS

/// Which readers and writers match, and the explanation if none does.
@Suite(.serialized) struct MatchTests {
    private let ours: DDSParticipant
    private let theirs: DDSParticipant
    private let partition = testPartition("Match")

    init() throws {
        ours = try DDSParticipant(domainID: testDomain(4))
        theirs = try DDSParticipant(domainID: testDomain(4))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var writer = DDSQoS()
        var reader = DDSQoS()
        /// Partitions after the process's own prefix; nil: the same on both sides.
        var partitions: (writer: String, reader: String)?
        var writerKeys = ["salIndex"]
        var writerTopic: String?
        /// Part of the explanation; nil: they match.
        var says: String?
        /// What Cyclone itself tells.
        var policy: String?
        var testDescription: String { name }
    }

    private static let cases = [
        Case(name: "the same"),
        Case(name: "reliable to best-effort", reader: DDSQoS(reliability: .bestEffort)),
        Case(
            name: "best-effort to reliable", writer: DDSQoS(reliability: .bestEffort),
            says: "it is best-effort, reliable is requested", policy: "reliability"),
        Case(name: "kept to volatile", writer: DDSQoS(durability: .transientLocal)),
        Case(
            name: "transient to transient-local", writer: DDSQoS(durability: .transient),
            reader: DDSQoS(durability: .transientLocal)),
        Case(
            name: "volatile to transient-local", reader: DDSQoS(durability: .transientLocal),
            says: "its durability is volatile, transient-local is requested",
            policy: "durability"),
        Case(
            name: "transient-local to transient", writer: DDSQoS(durability: .transientLocal),
            reader: DDSQoS(durability: .transient),
            says: "its durability is transient-local, transient is requested", policy: "durability"),
        Case(
            name: "shared to exclusive", reader: DDSQoS(ownership: .exclusive),
            says: "its ownership is shared, exclusive is requested", policy: "ownership"),
        Case(
            name: "exclusive to exclusive", writer: DDSQoS(ownership: .exclusive), reader: DDSQoS(ownership: .exclusive)
        ),
        Case(
            name: "another partition", partitions: ("one.data", "two.data"), says: "its partition is",
            policy: "partition"),
        Case(name: "a pattern of the reader", partitions: ("one.data", "*.data")),
        Case(name: "a pattern of the writer", partitions: ("on?.data", "one.data")),
        Case(
            name: "a pattern that does not fit", partitions: ("one.data", "*.cmd"), says: "its partition is",
            policy: "partition"),
        Case(
            name: "patterns on both sides", partitions: ("one.*", "*.data"), says: "its partition is",
            policy: "partition"),
        Case(name: "keyless to keyed", writerKeys: [], says: "compare the key fields"),
        Case(name: "another revision", writerTopic: "Match_probe_ffffffff", says: "another revision than Match_probe_"),
    ]

    @Test(arguments: cases) func mismatchesAreExplained(_ one: Case) throws {
        let number = Self.cases.firstIndex { $0.name == one.name } ?? 0
        let name = "probe_000000\(number + 10)"
        let fields = [IDLField("salIndex", .int32), IDLField("value", .double)]
        let topic = "Match_\(name)"
        let places =
            one.partitions.map { ("t\(partition).\($0.writer)", "t\(partition).\($0.reader)") } ?? (
                partition, partition
            )
        let readers = try DDSReaderSet(ours)
        try readers.add(
            IDLStruct(name, keys: ["salIndex"], fields), module: "Match", topicName: topic, partition: places.1,
            qos: one.reader)
        let writer = try DDSWriter(
            theirs, IDLStruct(name, keys: one.writerKeys, fields), module: "Match", topicName: one.writerTopic ?? topic,
            partition: places.0, qos: one.writer)
        #expect(try eventually { try ours.publications().contains { $0.topic == one.writerTopic ?? topic } })
        let match = try #require(try readers.describeMatches().first)
        #expect(match.topic == topic && match.partition == places.1)
        #expect(match.writers == (one.says == nil ? 1 : 0))
        #expect(
            match.aliveWriters == match.writers && readers.matchedWriters() == [match.writers]
                && writer.matchedReaders == match.writers)
        #expect(match.refusedPolicy == one.policy)
        let explained = try readers.explainMissingMatches()
        if let says = one.says {
            #expect(match.reasons.count == 1 && match.reasons[0].contains(says), "\(match.reasons)")
            #expect(explained == match.reasons)
        } else {
            #expect(match.reasons.isEmpty && explained.isEmpty)
        }
    }

    @Test func discoveryTellsWhatAWriterOffers() throws {
        let definition = IDLStruct("offer_00000001", keys: ["salIndex"], [IDLField("salIndex", .int32)])
        let qos = DDSQoS(reliability: .reliable, durability: .transientLocal, ownership: .exclusive)
        let writers = try [ours, theirs].map {
            try DDSWriter(
                $0, definition, module: "Match", topicName: "Match_offer_00000001", partition: partition, qos: qos)
        }
        let found = try ours.publications().filter { $0.topic == "Match_offer_00000001" }
        #expect(found.count == writers.count)
        #expect(found.filter(\.isOwn).count == 1)
        for one in found {
            #expect(one.type == "Match::offer_00000001" && one.partitions == [partition])
            #expect(
                one.qos.durability == .transientLocal && one.qos.ownership == .exclusive
                    && one.qos.reliability == .reliable)
        }
    }

    /// With exclusive ownership one of two writers of an instance is heard.
    @Test func anExclusiveInstanceHasOneVoice() throws {
        let definition = IDLStruct(
            "voice_00000001", keys: ["salIndex"], [IDLField("salIndex", .int32), IDLField("number", .int32)])
        let qos = DDSQoS(ownership: .exclusive, historyDepth: 10_000)
        let readers = try DDSReaderSet(ours)
        try readers.add(definition, module: "Match", topicName: "Match_voice_00000001", partition: partition, qos: qos)
        let writers = try (0..<2).map { _ in
            try DDSWriter(
                theirs, definition, module: "Match", topicName: "Match_voice_00000001", partition: partition, qos: qos)
        }
        for number in 0..<200 {
            try writers[number % 2].write(try definition.cdr([.integer(1), .integer(Int64(number))]))
        }
        let received = try collect(readers, count: 100)
        #expect(received.filter(\.hasData).count == 100)
        #expect(Set(received.map(\.publication)).count == 1)
    }

    /// Two producers with one destination would publish each sample twice.
    @Test(arguments: [("one", "one", true), ("one", "two", false), ("one", nil, false)])
    func aReaderOfAnotherProcessWithTheSameMarkIsFound(mine: String, other: String?, isFound: Bool) throws {
        let name = "twice_0000000\(isFound ? 1 : other == nil ? 2 : 3)"
        let definition = IDLStruct(name, keys: ["salIndex"], [IDLField("salIndex", .int32)])
        let topic = "Match_\(name)"
        let sets = try [
            DDSReaderSet(ours, mark: mine), DDSReaderSet(theirs, mark: other), DDSReaderSet(theirs, mark: mine),
        ]
        // The last one has the same mark in another partition.
        for (set, partition) in zip(sets, [partition, partition, "\(partition).other"]) {
            try set.add(definition, module: "Match", topicName: topic, partition: partition, qos: DDSQoS())
        }
        #expect(try eventually { try ours.subscriptions().filter { $0.topic == topic && !$0.isOwn }.count == 2 })
        #expect(try sets[0].topicsReadTwice() == (isFound ? [topic] : []))
        if other == nil { #expect(try sets[1].topicsReadTwice() == []) }
    }
}
