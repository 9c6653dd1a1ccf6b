import EFDCore

/// One topic of a component, with its names in DDS and in Kafka and its fields.
public struct SALTopic: Sendable, Equatable {
    public let component: String
    public let salVersion: String?
    public let xmlVersion: String?
    /// `logevent_summaryState`, `command_start`, `ackcmd`, or the plain name of telemetry.
    public let salName: String
    /// Revision of the definition: part of the DDS names, so that different definitions never match. Nil for `ackcmd`
    /// of 2019.
    public let revCode: String?
    public let kind: SALTopicKind
    public let definition: IDLStruct
    public let fields: [SALField]

    /// Position of the index field, `salIndex` or in 2019 `<Component>ID`; nil if the component has only one instance.
    public let indexField: Int?
    public let sndStampField: Int
    public let rcvStampField: Int?
    public let seqNumField: Int?
    public let originField: Int?
    /// 2020 and later.
    public let identityField: Int?
    public let revCodeField: Int?

    public var description: String? { definition.description }
    public var isIndexed: Bool { indexField != nil }
    /// E.g. `ATDome_logevent_summaryState_90255bf1`.
    public var ddsTopicName: String { "\(component)_\(definition.name)" }
    /// `ATDome::logevent_summaryState_90255bf1`.
    public var ddsTypeName: String { "\(component)::\(definition.name)" }
    /// Name of the Kafka topic, of the Avro record and, downstream, of the measurement.
    public var kafkaTopicName: String { "lsst.sal.\(component).\(salName)" }
    /// Subject of the schema registry.
    public var subject: String { kafkaTopicName + "-value" }
    /// Key fields by position, in the order of the fields; empty: keyless.
    public var keyFields: [Int] { (definition.keys ?? []).compactMap { key in fields.firstIndex { $0.name == key } } }
    /// Fields with a meaning beyond the data.
    public var publicFields: [SALField] { fields.filter { !$0.isPrivate && $0.index != indexField } }

    /// `<prefix>.<Component>.data`, or `.cmd` for commands; `prefix` is SAL's `LSST_DDS_PARTITION_PREFIX`.
    public func ddsPartition(prefix: String) -> String { "\(prefix).\(component).\(kind.partitionSuffix)" }
}

public struct SALField: Sendable, Equatable {
    public let index: Int
    public let definition: IDLField
    /// The enumeration of its values, if the file allows it to be found.
    public let enumeration: SALEnumeration?

    public var name: String { definition.name }
    /// SAL's own fields; the index field has no `private_` in its name.
    public var isPrivate: Bool { name.hasPrefix("private_") }
}

extension SALTopic {
    /// - Throws: `sal.topicUnusable` if the struct lacks a field of every SAL topic.
    init(_ definition: IDLStruct, module: IDLModule, enumerations: [SALEnumeration]) throws(EFDError) {
        let name = SALName(structName: definition.name)
        component = module.name
        salVersion = module.salVersion
        xmlVersion = module.xmlVersion
        salName = name.salName
        revCode = name.revCode
        kind = SALTopicKind(salName: name.salName)
        self.definition = definition
        fields = definition.fields.enumerated().map { index, field in
            SALField(index: index, definition: field, enumeration: .of(field, topic: name.salName, among: enumerations))
        }

        func position(_ name: String, _ accepts: (IDLType) -> Bool) throws(EFDError) -> Int? {
            guard let index = definition.fields.firstIndex(where: { $0.name == name }) else { return nil }
            guard accepts(definition.fields[index].type), definition.fields[index].arrayLength == nil else {
                throw Self.unusable(definition, module, "its field \(name) has another type than SAL gives it")
            }
            return index
        }
        let isInteger: (IDLType) -> Bool = { $0 == .int32 || $0 == .uint32 }
        let isString: (IDLType) -> Bool = { if case .string = $0 { true } else { false } }
        guard let sndStamp = try position("private_sndStamp", { $0 == .double }) else {
            throw Self.unusable(
                definition, module, "it has no field private_sndStamp, so its records would have no time")
        }
        sndStampField = sndStamp
        rcvStampField = try position("private_rcvStamp") { $0 == .double }
        seqNumField = try position("private_seqNum", isInteger)
        originField = try position("private_origin", isInteger)
        identityField = try position("private_identity", isString)
        revCodeField = try position("private_revCode", isString)
        if let salIndex = try position("salIndex", isInteger) {
            indexField = salIndex
        } else {
            indexField = try position("\(module.name)ID", isInteger)
        }
        for reserved in AddedStamp.allCases where definition.fields.contains(where: { $0.name == reserved.rawValue }) {
            throw Self.unusable(
                definition, module, "its field \(reserved.rawValue) has the name of a stamp that the EFD adds")
        }
    }

    private static func unusable(_ definition: IDLStruct, _ module: IDLModule, _ why: String) -> EFDError {
        EFDError(
            .salTopicUnusable, "struct \(definition.name) of module \(module.name) cannot be recorded: \(why)",
            remedy: "Generate the file again with SAL, or remove the struct.")
    }
}
