import EFDCore
import EFDSAL
import Glibc

/// Creates the samples of one topic and one instance, as a controller would: numbered from 1, with timestamps and the
/// right private fields.
struct SampleMaker {
    let topic: SALTopic
    /// The instance's index; 0 if the component has only one.
    let instance: Int
    private let writer: CDRWriter
    private var signals: [Signal?]
    private var generator: SignalGenerator
    private(set) var number: Int32 = 0

    init(_ topic: SALTopic, instance: Int, seed: UInt64, nanFraction: Double) {
        self.topic = topic
        self.instance = instance
        writer = CDRWriter(topic.definition)
        var generator = SignalGenerator(
            seed: FNV1a.hash(topic.kafkaTopicName.utf8, basis: seed &+ UInt64(instance)))
        signals = topic.fields.map { field in
            field.isPrivate || field.index == topic.indexField
                ? nil : Signal(field, nanFraction: nanFraction, generator: &generator)
        }
        self.generator = generator
    }

    /// Appends the next sample. `time`: seconds since the start; `stamp`: TAI seconds since 1970.
    mutating func append(time: Double, stamp: Double, to bytes: inout [UInt8]) throws(EFDError) {
        number &+= 1
        var values: [SALValue] = []
        values.reserveCapacity(topic.fields.count)
        for (index, field) in topic.fields.enumerated() {
            values.append(signals[index]?.value(at: time, generator: &generator) ?? privateValue(index, field, stamp))
        }
        try writer.append(values, to: &bytes)
    }

    private func privateValue(_ index: Int, _ field: SALField, _ stamp: Double) -> SALValue {
        switch index {
        case topic.sndStampField: .real(stamp)
        case topic.seqNumField: .integer(Int64(number))
        case topic.indexField: .integer(Int64(instance))
        case topic.originField: .integer(Int64(getpid()))
        case topic.identityField: .text(topic.isIndexed ? "\(topic.component):\(instance)" : topic.component)
        case topic.revCodeField: .text(topic.revCode ?? "")
        default:
            switch field.definition.type {
            case .float, .double: .real(0)
            case .string: .text("")
            case .boolean: .boolean(false)
            default: .integer(0)
            }
        }
    }
}
