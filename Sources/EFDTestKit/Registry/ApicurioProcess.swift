import EFDCore
import EFDHTTP
import Glibc

/// Apicurio Registry from the shared parts, on a free port of loopback. It ends with this process, however that ends.
final class ApicurioProcess: Sendable {
    let url: String
    private let process: ChildProcess

    /// The folder of the parts' scripts, beside the package or where `EFD_SHARED` says.
    private static let parts: String = {
        let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return (getenv("EFD_SHARED").map { String(cString: $0) } ?? "\(package)/../shared") + "/parts"
    }()

    static let isAvailable = access("\(parts)/get", X_OK) == 0 && access("\(parts)/registry.tar.xz", R_OK) == 0

    init() throws(EFDError) {
        guard Self.isAvailable else {
            throw EFDError("testkit.registryMissing", "there is no Apicurio in \(Self.parts)")
        }
        let port = try HTTPServer.freePort()
        url = "http://127.0.0.1:\(port)/apis/ccompat/v7"
        // Watches this process and the registry, and takes the one with the other.
        let script = """
            home=$("$1/get" registry) || exit 1
            "$home/start.sh" "$2" > /dev/null 2>&1 & child=$!
            trap 'kill "$child" 2> /dev/null' EXIT
            trap 'exit 0' TERM
            while kill -0 "$3" 2> /dev/null && kill -0 "$child" 2> /dev/null; do sleep 0.3; done
            """
        process = try ChildProcess(
            "/bin/bash", ["-c", script, "apicurio", Self.parts, String(port), String(getpid())])
        try waitUntilReady()
    }

    func stop() {
        process.signal(SIGTERM)
        _ = process.wait(seconds: 60)
    }

    private func waitUntilReady() throws(EFDError) {
        let page = try HTTPURL(url + "/subjects")
        let connection = HTTPConnection()
        let deadline = MonotonicClock.seconds() + 120
        while MonotonicClock.seconds() < deadline {
            if let answer = try? connection.request(.get, page), answer.isSuccess { return }
            guard process.isRunning else {
                throw EFDError("testkit.registryFailed", "Apicurio ended while it started")
            }
            MonotonicClock.sleep(seconds: 0.2)
        }
        stop()
        throw EFDError("testkit.registryFailed", "Apicurio did not answer on \(url) within 120 s")
    }
}
