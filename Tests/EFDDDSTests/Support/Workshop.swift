import EFDCore
import EFDSAL
import EFDTestKit
import Foundation

/// A folder for a test's own programs, gone with it.
final class Workshop {
    let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "efd-dds-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    struct Failed: Error, CustomStringConvertible { var description: String }

    func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(folder)/\(name)", atomically: false, encoding: .utf8)
    }

    /// Runs a tool in the folder until it ends.
    func run(_ tool: String, _ arguments: [String]) throws {
        let running = try Running(tool, arguments, folder: folder)
        let code = running.wait()
        guard code == 0 else {
            throw Failed(
                description: "\(tool) \(arguments.joined(separator: " ")) ended with \(code ?? -1): \(running.output)")
        }
    }

    /// `<name>.c` and `<name>.h` from `<name>.idl` there.
    func idlc(_ name: String) throws { try run("idlc", ["-Wno-implicit-extensibility", "\(name).idl"]) }
}

/// A program that runs beside the test, its output in a file; ended with the object at the latest.
final class Running {
    private let process: ChildProcess
    private let log: String

    init(_ tool: String, _ arguments: [String], folder: String, input: String? = nil) throws {
        log = "\(folder)/output-\(UInt32.random(in: 0 ... .max))"
        process = try ChildProcess(
            tool, arguments, folder: folder, input: input.map { "\(folder)/\($0)" }, output: log)
    }

    var output: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

    /// Its exit code; nil when it has not ended within `seconds`.
    func wait(seconds: Double = 300) -> Int32? { process.wait(seconds: seconds) }
}

extension IDLType {
    /// As IDL has it.
    var idl: String {
        switch self {
        case .boolean: "boolean"
        case .octet: "octet"
        case .char: "char"
        case .int16: "short"
        case .uint16: "unsigned short"
        case .int32: "long"
        case .uint32: "unsigned long"
        case .int64: "long long"
        case .uint64: "unsigned long long"
        case .float: "float"
        case .double: "double"
        case .string(nil): "string"
        case .string(let bound?): "string<\(bound)>"
        }
    }
}

extension IDLModule {
    /// As SAL would write it.
    var idl: String {
        let structs = structs.map { definition in
            let fields = definition.fields.map {
                "  \($0.type.idl) \($0.name)\($0.arrayLength.map { "[\($0)]" } ?? "");\n"
            }.joined()
            let pragma =
                definition.keys.map { "#pragma keylist \(definition.name) \($0.joined(separator: " "))\n" } ?? ""
            return "struct \(definition.name) {\n\(fields)};\n\(pragma)"
        }
        return "module \(name) {\n\(structs.joined())};\n"
    }
}
