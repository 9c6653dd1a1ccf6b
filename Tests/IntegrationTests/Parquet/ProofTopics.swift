import EFDAvro
import EFDCore
import EFDKafka
import EFDRegistry
import EFDTestKit

/// Topics whose every value follows from topic and offset, by a rule that `ProofReader` knows too.
struct ProofTopics {
    let prefix: String
    let count: Int
    let schemaText: String
    private let encoder: AvroEncoder
    private let partitionCount = 1

    static let symbols = ["IDLE", "MOVING", "FAULT"]

    init(_ prefix: String, count: Int) throws {
        self.prefix = prefix
        self.count = count
        schemaText = """
            {"type":"record","name":"Proof","namespace":"lsst.sal","fields":[
              {"name":"private_efdStamp","type":"double","units":"second"},{"name":"private_seqNum","type":"int"},{"name":"n","type":"long"},
              {"name":"d","type":"double","units":"m"},{"name":"dn","type":["null","double"]},{"name":"f","type":"float"},{"name":"i","type":"int"},
              {"name":"b","type":"boolean"},{"name":"s","type":"string"},{"name":"sn","type":["string","null"]},
              {"name":"e","type":{"type":"enum","name":"State","symbols":["IDLE","MOVING","FAULT"]}},
              {"name":"t","type":{"type":"long","logicalType":"timestamp-millis"}},{"name":"a","type":{"type":"array","items":"double"}},
              {"name":"x","type":"bytes"}]}
            """
        encoder = AvroEncoder(try AvroSchema.parse(schemaText))
    }

    var names: [String] { (0..<count).map { name($0) } }
    func name(_ topic: Int) -> String { "lsst.sal.\(prefix).t\(topic)" }

    /// 64 bits for a field of a record, by splitmix64.
    private static func bits(_ topic: Int, _ n: Int, _ field: Int) -> UInt64 {
        var z = UInt64(topic) << 40 &+ UInt64(n) &* 64 &+ UInt64(field)
        z = z &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Times increase by 0.36 s, and one row of 97 is an hour late.
    static func stamp(_ topic: Int, _ n: Int) -> Double {
        1_790_000_000 + Double(n) * 0.36 + Double(bits(topic, n, 0) % 1000) / 1000 - (n % 97 == 96 ? 3600 : 0)
    }

    func record(_ topic: Int, _ n: Int) throws -> [UInt8] {
        func bits(_ field: Int) -> UInt64 { Self.bits(topic, n, field) }
        let items = (0..<Int(bits(9) % 4)).map { AvroValue.double(Double(bitPattern: bits(20 + $0))) }
        let value = AvroValue.record([
            .double(Self.stamp(topic, n)), .int(Int32(n)), .long(Int64(n)), .double(Double(bitPattern: bits(1))),
            bits(2) % 3 == 0 ? .union(0, .null) : .union(1, .double(Double(bits(2) % 1000) / 8)),
            .float(Float(bitPattern: UInt32(truncatingIfNeeded: bits(3)))),
            .int(Int32(truncatingIfNeeded: bits(4))), .boolean(bits(5) % 2 == 1), .string("µ\u{0}\(bits(6) % 100)"),
            bits(7) % 4 == 0 ? .union(1, .null) : .union(0, .string("state \(bits(7) % 7)")),
            .enumeration(Self.symbols[Int(bits(8) % 3)]),
            .long(1_790_000_000_000 + Int64(bits(10) % 1_000_000_000)), .array(items),
            .bytes((0..<Int(bits(11) % 5)).map { UInt8(truncatingIfNeeded: bits(11) >> ($0 * 8)) }),
        ])
        return try encoder.encode(value)
    }

    /// Registers the schema for every topic and creates the topics.
    func register(_ registry: RegistryClient, broker: TestBroker) throws -> Int32 {
        var id: Int32 = 0
        for name in names {
            try broker.createTopic(name, partitions: partitionCount)
            id = try registry.register(schemaText, subject: "\(name)-value")
        }
        return id
    }

    /// Sends records of all topics in turn, and waits until all are delivered.
    func produce(_ range: Range<Int>, schemaID: Int32, properties: KafkaProperties) throws {
        let failures = Locked(0)
        let producer = try KafkaProducer(properties) { reports in
            for report in reports where report.error.isError { failures.withLock { $0 += 1 } }
        }
        let handles = try names.map { try producer.topic($0) }
        let frame = [0] + withUnsafeBytes(of: schemaID.bigEndian) { Array($0) }
        for n in range {
            for topic in 0..<count {
                let bytes = frame + (try record(topic, n))
                try bytes.withUnsafeBytes { value in
                    while true {
                        switch producer.produce(handles[topic], KafkaRecord(value: value, partition: 0)) {
                        case .queued: return
                        case .queueFull: MonotonicClock.sleep(seconds: 0.01)
                        case .failed(let code): throw EFDError("test.notProduced", "\(code)")
                        }
                    }
                }
            }
        }
        guard producer.flush(seconds: 120), failures.withLock({ $0 }) == 0 else {
            throw EFDError("test.notProduced", "records were not delivered")
        }
    }
}
