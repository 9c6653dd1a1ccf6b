import EFDAvro
import EFDCore

/// The record of the load: as SAL's, two timestamps and numbers, 220 bytes with its frame.
struct LoadRecord {
    private static let numbers = 24
    private static let text = "efd-in"

    static let schema: String = {
        let reals = ["private_efdStamp", "private_sndStamp"] + (0..<numbers).map { "number\($0)" }
        let fields =
            reals.map { "{\"name\":\"\($0)\",\"type\":\"double\"}" } + ["{\"name\":\"text\",\"type\":\"string\"}"]
        let list = fields.joined(separator: ",")
        return "{\"type\":\"record\",\"name\":\"many\",\"namespace\":\"lsst.sal\",\"fields\":[\(list)]}"
    }()

    /// TAI minus UTC in seconds since 2017.
    private static let taiOffset = 37.0

    private(set) var bytes: [UInt8]

    init(schemaID: Int) {
        bytes = ConfluentFrame.header(schemaID: Int32(clamping: schemaID))
        bytes += [UInt8](repeating: 0, count: 8 * (2 + Self.numbers))
        bytes += [UInt8(Self.text.utf8.count) << 1] + Self.text.utf8
    }

    /// Sets the timestamp to UTC seconds since 1970, and new numbers.
    mutating func fill(stamp: Double, index: Int) {
        put(stamp, at: 0)
        put(stamp + Self.taiOffset, at: 1)
        for number in 0..<Self.numbers { put(Double(index * 31 + number) / 7, at: 2 + number) }
    }

    private mutating func put(_ value: Double, at field: Int) {
        let start = ConfluentFrame.headerCount + 8 * field
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: start, as: UInt64.self)
        }
    }
}
