import EFDCore
import Glibc

/// A real Apache Kafka of a test's own, by `scripts/kafka`: for tests that kill it. It ends with this process at the
/// latest.
public final class RealBroker: Sendable {
    public let folder: String
    public let bootstrapServers: String

    /// Whether this machine has a Kafka to start.
    public static let isAvailable = (try? run("home")) != nil

    /// - Parameters:
    ///   - properties: `key=value` lines of the broker's configuration.
    ///   - first: of the cluster that this one becomes a node of; nil: a cluster of its own.
    ///   - node: the broker's number, 2 and up in another's cluster.
    public init(properties: [String] = [], joining first: RealBroker? = nil, node: Int = 1) throws(EFDError) {
        var template = Array("/tmp/efd-kafka-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw EFDError("testkit.brokerFailed", "cannot make a folder in /tmp: errno \(errno)")
        }
        folder = String(cString: made)
        let cluster = first.map { " --join \($0.folder) --node \(node)" } ?? ""
        let options = properties.map { " --property '\($0)'" }.joined() + cluster
        let answer = try Self.run("start --dir \(folder) --owner \(getpid())\(options)")
        guard let line = answer.split(separator: "\n").last, line.hasPrefix("EFD_BOOTSTRAP_SERVERS=") else {
            throw EFDError("testkit.brokerFailed", "scripts/kafka start answered: \(answer)")
        }
        bootstrapServers = String(line.dropFirst("EFD_BOOTSTRAP_SERVERS=".count))
    }

    /// kill -9, with the data left as it is.
    public func kill() throws(EFDError) { _ = try Self.run("stop --dir \(folder) --kill") }
    public func start() throws(EFDError) { _ = try Self.run("start --dir \(folder) --owner \(getpid())") }

    /// Stops the broker and removes its data.
    public func remove() {
        _ = try? Self.run("remove --dir \(folder)")
    }

    private static let lasting = Locked<[RealBroker]>([])

    /// One that is removed when the process exits.
    public static func forProcess() throws(EFDError) -> RealBroker {
        let broker = try RealBroker()
        let isFirst = lasting.withLock { lasting in
            lasting.append(broker)
            return lasting.count == 1
        }
        if isFirst { atexit { for broker in RealBroker.lasting.withLock({ $0 }) { broker.remove() } } }
        return broker
    }

    /// A tool of Kafka's own, as `kafka-console-consumer`; returns what it printed on standard output.
    public static func tool(_ name: String, _ arguments: [String]) throws -> String {
        let home = try run("home").split(separator: "\n").last.map(String.init) ?? ""
        let process = try TestProcess(
            "/bin/sh", ["-c", "exec \"$0\" \"$@\" 2>/dev/null", "\(home)/bin/\(name).sh"] + arguments)
        _ = process.wait(seconds: 120)
        return process.output
    }

    private static let script: String =
        "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/scripts/kafka"

    private static func run(_ arguments: String) throws(EFDError) -> String {
        try ChildProcess.run("/bin/sh", ["-c", "'\(script)' \(arguments)"], seconds: 300)
    }
}
