var isHostLittleEndian: Bool { @inline(__always) get { 1.littleEndian == 1 } }

/// The encoding of a sample, from the first two bytes of its header.
public struct CDREncoding: Sendable, Equatable {
    public enum Version: Sendable, Equatable, CaseIterable {
        /// 8-byte values at multiples of 8.
        case xcdr1
        /// 8-byte values at multiples of 4; an array of strings begins with its size in bytes.
        case xcdr2
    }

    public let version: Version
    public let isLittleEndian: Bool

    public init(_ version: Version = .xcdr1, isLittleEndian: Bool = true) {
        self.version = version
        self.isLittleEndian = isLittleEndian
    }

    /// Nil for representations of appendable and mutable types, which SAL never writes.
    @inline(__always)
    init?(id: UInt16) {
        switch id {
        case 0, 1: version = .xcdr1
        case 6, 7: version = .xcdr2
        default: return nil
        }
        isLittleEndian = id & 1 == 1
    }

    var id: UInt16 { (version == .xcdr1 ? 0 : 6) | (isLittleEndian ? 1 : 0) }
    @inline(__always) var maxAlignment: Int { version == .xcdr1 ? 8 : 4 }

    /// In the order XCDR1, XCDR2, each big and little endian.
    public static let all = Version.allCases.flatMap { version in
        [false, true].map { CDREncoding(version, isLittleEndian: $0) }
    }
}
