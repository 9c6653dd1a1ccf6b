import EFDCore
import Glibc

/// A real InfluxDB 1.x server on loopback for tests: Debian's, or the newer one among the shared parts with
/// `EFD_TEST_INFLUX=1.12`.
///
/// It ends with the test process, however that ends.
public final class TestInflux: Sendable {
    public let url: String
    public let version: String
    /// An administrator, where the server asks for a login.
    public let user: String?
    public let password: String?
    public let folder: String
    private let ownsFolder: Bool

    /// One for all tests of this process that need nothing special. Each test makes databases of its own.
    public static let shared: Result<TestInflux, EFDError> = Result { () throws(EFDError) in try TestInflux() }

    private static let count = Locked(0)

    /// Starts a server of its own.
    ///
    /// - Parameters:
    ///   - folder: where its state is; a server started there before comes back with its port and points. nil: a new
    ///     one.
    ///   - environment: influxd's own variables, such as `INFLUXDB_HTTP_MAX_BODY_SIZE`.
    public init(folder: String? = nil, auth: Bool = false, environment: [String: String] = [:]) throws(EFDError) {
        let number = Self.count.withLock { count in
            count += 1
            return count
        }
        self.folder = folder ?? "/tmp/efd-test-influx.\(getpid()).\(number)"
        ownsFolder = folder == nil
        var arguments = ["start", "--dir", self.folder, "--owner", String(getpid())]
        if ownsFolder { arguments.append("--temporary") }
        if auth { arguments.append("--auth") }
        if let version = getenv("EFD_TEST_INFLUX") { arguments += ["--version", String(cString: version)] }
        var values: [Substring: String] = [:]
        for line in try Self.script(arguments, environment).split(separator: "\n") {
            let pair = line.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { values[pair[0]] = String(pair[1]) }
        }
        url = values["EFD_INFLUXDB_URL"] ?? ""
        version = values["INFLUXDB_VERSION"] ?? ""
        user = values["EFD_INFLUXDB_USER"]
        password = values["EFD_INFLUXDB_PASSWORD"]
        guard !url.isEmpty else { throw EFDError("test.influxMissing", "scripts/influxdb printed no address") }
    }

    deinit { stop() }

    /// Ends the server and removes the folder that was made for it.
    public func stop() { _ = try? Self.script([ownsFolder ? "remove" : "stop", "--dir", folder]) }

    /// Ends the server and removes its folder.
    public func removeFolder() { _ = try? Self.script(["remove", "--dir", folder]) }

    /// As a power cut would.
    public func kill() { _ = try? Self.script(["stop", "--kill", "--dir", folder]) }

    private static func script(_ arguments: [String], _ environment: [String: String] = [:]) throws(EFDError) -> String
    {
        let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return try ChildProcess.run("/bin/bash", ["\(package)/scripts/influxdb"] + arguments, environment: environment)
    }
}
