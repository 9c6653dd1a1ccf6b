/// The ports on which the suite's programs serve their pages by default: one per program, so that `efd top` and
/// Prometheus find them without a search.
public enum ServicePort {
    /// In the order in which data pass the programs. 9104, 9105 and 9107 are left for programs to come.
    public static let all: [(program: String, port: UInt16)] = [
        ("efd registry", 8081), ("salkafka-producer", 9101), ("influx-sink", 9102), ("parquet-sink", 9103),
        ("replicator", 9106), ("json-sink", 9109),
    ]

    /// 0, a free port, for a program outside the suite.
    public static func of(_ program: String) -> UInt16 { all.first { $0.program == program }?.port ?? 0 }

    /// The default listen address of a program.
    public static func address(of program: String) -> String { "127.0.0.1:\(of(program))" }
}
