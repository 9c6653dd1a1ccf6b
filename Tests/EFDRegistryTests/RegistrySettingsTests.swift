import EFDCore
import EFDHTTP
import EFDRegistry
import Foundation
import Testing

struct RegistrySettingsTests {
    private func settings(_ arguments: [String], _ registry: RegistrySettings = .standard) throws -> Settings {
        let table = SettingsTable(program: "test", summary: "A test.", sections: [registry.section])
        return try Settings.parse(table, arguments: arguments, environment: [:]) { path throws(EFDError) in
            try Files.read(path)
        }
    }

    private func options(_ arguments: [String], prefix: String = "") throws -> RegistryOptions {
        let registry = RegistrySettings(prefix: prefix)
        return try registry.options(try settings(arguments, registry))
    }

    @Test func noPasswordIsPrinted() throws {
        let given = try settings([
            "--registry-url", "http://me:hunter2@a:1/x,https://you:hunter2@b", "--registry-user", "u",
            "--registry-password", "hunter2",
        ])
        #expect(!given.yaml.contains("hunter2"))
        #expect(given.yaml.contains("http://********@b"))
    }

    @Test func settingsSayHowToReachTheRegistry() throws {
        let plain = try options([])
        #expect(plain.urls.map(\.description) == ["http://127.0.0.1:8081/"])
        #expect(plain.http.credentials == nil && plain.http.tls == HTTPClientOptions.TLS())
        let files = FileManager.default.temporaryDirectory.appending(path: "efd-registry-\(UUID().uuidString)").path
        for name in ["ca", "c", "k"] { try Files.write([], to: "\(files)-\(name).pem") }
        defer { for name in ["ca", "c", "k"] { try? FileManager.default.removeItem(atPath: "\(files)-\(name).pem") } }
        let full = try options([
            "--registry-url", "https://a:1/x,https://b:2", "--registry-user", "u", "--registry-password", "p",
            "--registry-ca-file", "\(files)-ca.pem",
            "--registry-certificate-file", "\(files)-c.pem", "--registry-key-file", "\(files)-k.pem",
            "--registry-key-password", "kp",
            "--registry-timeout", "3s",
        ])
        #expect(full.urls.map(\.description) == ["https://a:1/x", "https://b:2/"])
        #expect(full.http.credentials == .basic(user: "u", password: "p"))
        #expect(full.http.tls.authorityFile == "\(files)-ca.pem")
        #expect(full.http.tls.certificateFile == "\(files)-c.pem")
        #expect(
            full.http.tls.keyFile == "\(files)-k.pem" && full.http.tls.keyPassword == "kp" && !full.http.tls.isInsecure)
        #expect(full.http.timeout == 3 && full.http.connectTimeout == 3)
        #expect(try options(["--registry-token", "t", "--registry-insecure"]).http.credentials == .bearer("t"))
        #expect(try options(["--source-registry-url", "http://s:9"], prefix: "source").urls.map(\.port) == [9])
    }

    @Test(arguments: [
        ["--registry-password", "p"], ["--registry-user", "u", "--registry-token", "t"],
        ["--registry-url", "registry:8081"], ["--registry-url", ","], ["--registry-ca-file", "/nosuch.pem"],
        ["--registry-url", "http://"], ["--registry-key-file", "/nosuch.pem"],
    ])
    func contradictionsAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try options(arguments) }
    }
}
