import EFDCore
import EFDTestKit

/// `efd registry` as a process that can be killed and started again at the same place.
final class RegistryProcess {
    let url: String
    private let arguments: [String]
    private(set) var process: TestProcess

    init(_ servers: String, topic: String) throws {
        let port = try FreePort.one()
        url = "http://127.0.0.1:\(port)"
        arguments = [
            "registry", "--bootstrap-servers", servers, "--http-listen", "127.0.0.1:\(port)", "--topic", topic,
        ]
        process = try TestProcess("efd", arguments)
        try process.waitUntilReady()
    }

    func killAndStart(after seconds: Double) throws {
        process.kill()
        MonotonicClock.sleep(seconds: seconds)
        process = try TestProcess("efd", arguments)
    }
}
