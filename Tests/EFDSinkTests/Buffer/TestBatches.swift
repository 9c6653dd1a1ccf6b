import EFDAvro
import EFDCore

@testable import EFDSink

/// Batches of rows of twenty reals, the first of which is the row's offset.
struct TestBatches: Sendable {
    let plan: AvroPlan
    private let body: [UInt8]

    init() throws {
        let fields = (0..<20).map { #"{"name":"f\#($0)","type":"double"}"# }.joined(separator: ",")
        plan = try AvroPlan(AvroSchema.parse(#"{"type":"record","name":"R","fields":[\#(fields)]}"#))
        body = [UInt8](repeating: 0, count: 20 * 8)
    }

    func batch(
        _ topic: String, _ partition: Int32 = 0, schemaID: Int32 = 1, from offset: Int64, count: Int
    ) -> TopicBatch {
        let batch = TopicBatch(topic: topic, partition: partition, schemaID: schemaID, plan: plan, rows: count)
        for row in 0..<Int64(count) {
            var body = body
            body.withUnsafeMutableBytes { raw in
                raw.storeBytes(of: Double(offset + row).bitPattern.littleEndian, as: UInt64.self)
                do throws(AvroFault) {
                    try batch.append(UnsafeRawBufferPointer(raw), offset: offset + row, timestamp: nil)
                } catch { preconditionFailure("\(error)") }
            }
        }
        return batch
    }
}
