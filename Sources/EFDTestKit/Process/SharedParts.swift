import EFDCore
import Foundation

/// Programs of others that are kept beside the package, or where `EFD_SHARED` says: `parts/get NAME` prints a part's
/// folder.
public enum SharedParts {
    private static let get: String = {
        let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        return (ProcessInfo.processInfo.environment["EFD_SHARED"] ?? "\(package)/../shared") + "/parts/get"
    }()

    private static let known = Locked<[String: String?]>([:])

    /// The folder of a part; nil: it is not here.
    public static func folder(_ name: String) -> String? {
        if let found = known.withLock({ $0[name] }) { return found }
        var folder: String?
        if FileManager.default.isExecutableFile(atPath: get), let process = try? TestProcess(get, [name]),
            process.wait(seconds: 120) == 0
        {
            folder = process.output.split(separator: "\n").last.map(String.init)
        }
        known.withLock { $0[name] = .some(folder) }
        return folder
    }

    /// Starts a program that ends with this process, however that ends: a shell watches both.
    static func start(_ program: String, _ arguments: [String], environment: [String: String] = [:]) throws
        -> TestProcess
    {
        let script = """
            setpriv --pdeathsig KILL "$@" & child=$!
            trap 'kill "$child" 2> /dev/null; wait "$child"' EXIT
            trap 'exit 0' TERM
            while kill -0 "$PPID" 2> /dev/null && kill -0 "$child" 2> /dev/null; do sleep 0.2; done
            """
        return try TestProcess("/bin/bash", ["-c", script, "watch", program] + arguments, environment: environment)
    }
}
