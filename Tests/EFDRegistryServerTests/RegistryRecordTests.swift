import EFDCore
import EFDRegistry
import Testing

@testable import EFDRegistryServer

struct RegistryRecordTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let record: RegistryRecord
        let key: String
        let value: String?
        var testDescription: String { key }
    }

    /// The bytes that Confluent's registry writes: compaction and other registries depend on every one of them.
    static let samples = [
        Sample(
            record: .schema(subject: "t-value", version: 2, .init(id: 7, text: "\"int\"")),
            key: #"{"keytype":"SCHEMA","subject":"t-value","version":2,"magic":1}"#,
            value: #"{"subject":"t-value","version":2,"id":7,"schema":"\"int\"","deleted":false}"#),
        Sample(
            record: .schema(
                subject: "t-value", version: 2,
                .init(
                    id: 7, text: "x", type: "PROTOBUF", references: [.init(name: "n", subject: "s", version: 3)],
                    isDeleted: true)),
            key: #"{"keytype":"SCHEMA","subject":"t-value","version":2,"magic":1}"#,
            value: #"{"subject":"t-value","version":2,"id":7,"schemaType":"PROTOBUF","#
                + #""references":[{"name":"n","subject":"s","version":3}],"schema":"x","deleted":true}"#
        ),
        Sample(
            record: .schema(subject: "s", version: 1, nil),
            key: #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, value: nil),
        Sample(
            record: .config(subject: nil, .fullTransitive), key: #"{"keytype":"CONFIG","subject":null,"magic":0}"#,
            value: #"{"compatibilityLevel":"FULL_TRANSITIVE"}"#),
        Sample(record: .config(subject: "s", nil), key: #"{"keytype":"CONFIG","subject":"s","magic":0}"#, value: nil),
        Sample(
            record: .mode(subject: "s", .importing), key: #"{"keytype":"MODE","subject":"s","magic":0}"#,
            value: #"{"subject":"s","mode":"IMPORT"}"#),
        Sample(
            record: .deleteSubject("s", version: 3), key: #"{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}"#,
            value: #"{"subject":"s","version":3}"#),
        Sample(
            record: .clearSubject("s"), key: #"{"keytype":"CLEAR_SUBJECT","subject":"s","magic":0}"#,
            value: #"{"subject":"s"}"#),
    ]

    @Test(arguments: samples)
    func recordsHaveTheTopicsFormat(sample: Sample) throws {
        #expect(sample.record.key == sample.key)
        #expect(sample.record.value == sample.value)
        #expect(
            try RegistryRecord(key: Array(sample.key.utf8), value: sample.value.map { Array($0.utf8) }) == sample.record
        )
    }

    @Test(arguments: [
        (#"{"keytype":"NOOP","magic":0}"#, nil as String?),
        (#"{"keytype":"CONTEXT","tenant":"default","context":".","magic":0}"#, "{}"),
        (#"{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}"#, nil),
    ])
    func whatOtherRegistriesAddIsPassedOver(key: String, value: String?) throws {
        let record = try RegistryRecord(key: Array(key.utf8), value: value.map { Array($0.utf8) })
        guard case .other = record else {
            Issue.record("\(record) has a meaning")
            return
        }
    }

    @Test func whatNewerRegistriesWriteIsRead() throws {
        let value = """
            {"subject":"s","version":1,"id":100001,"md5":"ab==","schema":"\\"int\\"","schemaType":"AVRO","deleted":false,"ts":1,"offset":5,"metadata":null,"ruleSet":null}
            """
        let key = #"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#
        #expect(
            try RegistryRecord(key: Array(key.utf8), value: Array(value.utf8))
                == .schema(subject: "s", version: 1, .init(id: 100_001, text: "\"int\"")))
        let config = #"{"subject":"s","compatibilityLevel":"NONE","alias":null,"normalize":true}"#
        #expect(
            try RegistryRecord(
                key: Array(#"{"keytype":"CONFIG","subject":"s","magic":0}"#.utf8), value: Array(config.utf8))
                == .config(subject: "s", CompatibilityLevel.none))
    }

    @Test(arguments: [
        ("", "{}"), ("{", "{}"), ("[]", "{}"), (#"{"keytype":"SCHEMA","magic":1}"#, "{}"),
        (#"{"keytype":"SCHEMA","subject":"s","magic":1}"#, "{}"),
        (#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, "{}"),
        (#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, "nonsense"),
        (#"{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}"#, #"{"id":99999999999,"schema":"x"}"#),
        (#"{"keytype":"MODE","subject":"s","magic":0}"#, #"{"mode":"SIDEWAYS"}"#),
        (#"{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}"#, "{}"),
    ])
    func unreadableRecordsAreNamed(key: String, value: String) {
        #expect(throws: EFDError.self) { try RegistryRecord(key: Array(key.utf8), value: Array(value.utf8)) }
    }
}
