import EFDCore
import EFDSAL
import EFDTestKit
import Testing

@Suite struct AvroMappingTests {
    private let demo: SALComponent

    init() throws { demo = try SALComponent(parsing: Array(DemoIDL.text.utf8), file: "demo.idl") }

    /// The registered schema is a contract: to the last byte.
    @Test func goldenTextOfAnEvent() throws {
        let text = try AvroMapping.wide.schemaText(of: #require(demo.topic(named: "logevent_tankState")))
        #expect(text == Self.tankState)
    }

    private static let tankState =
        #"{"name":"lsst.sal.Demo.logevent_tankState","type":"record","sal_version":"6.1.0","xml_version":"11.0.0","description":"State of a tank","fields":["#
        + #"{"name":"private_efdStamp","type":"double","units":"second","default":0.0,"#
        + #""description":"UTC time of the record in seconds since 1970: private_sndStamp less TAI - UTC, a whole number of seconds."},"#
        + #"{"name":"private_kafkaStamp","type":"double","units":"second","default":0.0,"#
        + #""description":"TAI time at which the record was given to Kafka, in seconds since 1970."},"#
        + #"{"name":"salIndex","type":"long","default":0,"description":"Instance of the component","#
        + #""enumeration":"Tank","enumeration_items":{"North":1,"South":2}},"#
        + #"{"name":"private_revCode","type":"string","units":"unitless","default":"","description":"Revision of the topic","string_length":8},"#
        + #"{"name":"private_sndStamp","type":"double","units":"second","default":0.0,"description":"TAI at the sender"},"#
        + #"{"name":"private_rcvStamp","type":"double","units":"second","default":0.0,"description":"TAI at the receiver"},"#
        + #"{"name":"private_seqNum","type":"long","units":"unitless","default":0,"description":"Sequence number"},"#
        + #"{"name":"private_identity","type":"string","units":"unitless","default":"","description":"Name of the sender","string_length":128},"#
        + #"{"name":"private_origin","type":"long","units":"unitless","default":0,"description":"Process of the sender"},"#
        + #"{"name":"state","type":"long","units":"unitless","default":0,"description":"A TankState enum","#
        + #""enumeration":"TankState","enumeration_items":{"Empty":1,"Full":2}},"#
        + #"{"name":"alarm","type":"boolean","units":"unitless","default":false,"description":"Alarm raised?"},"#
        + #"{"name":"reason","type":"string","units":"unitless","default":"","description":"Why","string_length":64}]}"#

    @Test func arraysHaveZerosAsDefault() throws {
        let schema = try AvroMapping.wide.schema(of: #require(demo.topic(named: "tankLevels")))
        let level = try #require(schema["fields"]?.elements?.first { $0["name"] == "level" })
        #expect(
            level.text
                == #"{"name":"level","type":{"type":"array","items":"double"},"units":"m","default":[0.0,0.0,0.0,0.0],"description":"Level of each tank","array_length":4}"#
        )
        let flow = try #require(schema["fields"]?.elements?.first { $0["name"] == "flow" })
        #expect(flow["description"] == #"Flow, "net" (signed)"# && flow["type"] == "double")
    }

    @Test(
        arguments: [
            (.boolean, "boolean", "boolean"), (.octet, "long", "int"), (.char, "long", "int"), (.int16, "long", "int"),
            (.uint16, "long", "int"),
            (.int32, "long", "int"), (.uint32, "long", "long"), (.int64, "long", "long"), (.uint64, "long", "long"),
            (.float, "double", "float"),
            (.double, "double", "double"), (.string(bound: nil), "string", "string"),
            (.string(bound: 8), "string", "string"),
        ] as [(IDLType, String, String)])
    func typesOfBothMappings(type: IDLType, wide: String, narrow: String) {
        #expect(AvroMapping.wide.avroType(type) == wide)
        #expect(AvroMapping.narrow.avroType(type) == narrow)
    }

    /// Files of 2019 have neither versions nor units: then the attributes are absent, not empty.
    @Test func unknownAttributesAreLeftOut() throws {
        let old = try SALComponent(parsing: Array(DemoIDL.text2019.utf8), file: "old.idl")
        let schema = try AvroMapping.narrow.schema(of: old.topics[0])
        #expect(schema.members?.keys == ["name", "type", "fields"])
        #expect(schema["fields"]?.elements?[2].members?.keys == ["name", "type", "default"])
        #expect(schema["fields"]?.elements?[2]["name"] == "OldID")
    }

    @Test(arguments: ["with-dash", "1st", "", "naïve"])
    func namesBeyondAvro(name: String) throws {
        let fields = [IDLField(name: "private_sndStamp", type: .double), IDLField(name: name, type: .double)]
        let topic = try SALComponent(IDLModule(name: "M", structs: [IDLStruct(name: "s", fields: fields)])).topics[0]
        let error = try #require(throws: EFDError.self) { try AvroMapping.wide.schema(of: topic) }
        #expect(error.code == "sal.nameNotAvro" && error.message.contains("“\(name)”"))
    }
}
