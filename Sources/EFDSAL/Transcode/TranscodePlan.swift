/// A step for a run of values in the order of the fields: compiled once for a topic, so that a sample needs no lookup
/// of names or types.
struct TranscodeStep {
    enum Operation: UInt8 {
        case boolean, octet, int16, uint16, int32, uint32, int64, uint64
        /// `float` becomes `double`.
        case floatToDouble
        case float, double, string
        // Scalars that accounting needs, or that are replaced.
        case sndStamp, rcvStamp, seqNum, index, origin, identity
    }

    var operation: Operation
    /// An Avro array: the count before the values, 0 after them.
    var isArray: Bool
    var count: Int32
    /// For the scalars that accounting needs.
    var isUnsigned: Bool
    /// The first field.
    var field: Int32
}

extension TranscodeStep.Operation {
    init(_ type: IDLType, mapping: AvroMapping) {
        self =
            switch type {
            case .boolean: .boolean
            case .octet, .char: .octet
            case .int16: .int16
            case .uint16: .uint16
            case .int32: .int32
            case .uint32: .uint32
            case .int64: .int64
            case .uint64: .uint64
            case .float: mapping == .wide ? .floatToDouble : .float
            case .double: .double
            case .string: .string
            }
    }

    /// Bytes in CDR; 0 for strings.
    var size: Int {
        switch self {
        case .boolean, .octet: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float, .floatToDouble, .seqNum, .index, .origin: 4
        case .int64, .uint64, .double, .sndStamp, .rcvStamp: 8
        case .string, .identity: 0
        }
    }

    /// Maximum bytes of one value in Avro; for strings, of only the length.
    var avroLimit: Int {
        switch self {
        case .boolean: 1
        case .octet: 2
        case .int16, .uint16: 3
        case .int32, .uint32, .float, .seqNum, .index, .origin: 5
        case .floatToDouble, .double, .sndStamp, .rcvStamp: 8
        case .int64, .uint64, .string, .identity: 10
        }
    }
}

extension TranscodeStep {
    /// Adjacent scalars of one type form one step: in CDR and in Avro they have the layout of an array's items.
    static func compile(_ topic: SALTopic, mapping: AvroMapping) -> [TranscodeStep] {
        let special: [(Int?, Operation)] = [
            (topic.sndStampField, .sndStamp), (topic.rcvStampField, .rcvStamp), (topic.seqNumField, .seqNum),
            (topic.indexField, .index),
            (topic.originField, .origin), (topic.identityField, .identity),
        ]
        var steps: [TranscodeStep] = []
        for field in topic.fields {
            let operation =
                special.first { $0.0 == field.index }?.1 ?? Operation(field.definition.type, mapping: mapping)
            let length = field.definition.arrayLength
            if length == nil, let last = steps.last, !last.isArray, last.operation == operation {
                steps[steps.count - 1].count += 1
            } else {
                steps.append(
                    TranscodeStep(
                        operation: operation, isArray: length != nil, count: Int32(length ?? 1),
                        isUnsigned: field.definition.type == .uint32,
                        field: Int32(field.index)))
            }
        }
        return steps
    }

    /// Maximum bytes of a record besides its strings, whose bytes are bounded by the sample.
    static func avroLimit(_ steps: [TranscodeStep]) -> Int {
        steps.reduce(0) { $0 + Int($1.count) * $1.operation.avroLimit + ($1.isArray ? 11 : 0) }
    }
}
