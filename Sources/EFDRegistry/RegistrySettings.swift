import EFDCore
import EFDHTTP

/// The settings of a schema registry client, the same in every service; with prefixes `source-` and `target-` if there
/// are two registries.
public struct RegistrySettings: Sendable {
    public static let standard = RegistrySettings()

    public let url: Setting<[String]>
    public let user: Setting<String?>
    public let password: Setting<String?>
    public let token: Setting<String?>
    public let authorityFile: Setting<String?>
    public let certificateFile: Setting<String?>
    public let keyFile: Setting<String?>
    public let keyPassword: Setting<String?>
    public let insecure: Setting<Bool>
    public let timeout: Setting<Double>
    private let title: String

    /// With the prefix `source` the first is called `source-registry-url`.
    /// `predecessors` are older names of a setting, by its name: `["registry-url": ["registry"]]`.
    public init(prefix: String = "", title: String = "Schema registry", predecessors: [String: [String]] = [:]) {
        let name = prefix.isEmpty ? "registry" : "\(prefix)-registry"
        self.title = title
        url = Setting<[String]>.urls(
            "\(name)-url", default: "http://127.0.0.1:8081",
            help: "URL of the schema registry; separate several, which are tried in turn, by commas."
        ).aliases(predecessors["registry-url"] ?? []).importance(.high)
        user = .optional("\(name)-user", "NAME", help: "User for the schema registry.")
        password = .optional("\(name)-password", "TEXT", help: "Password for the schema registry.").secret()
        token = .optional(
            "\(name)-token", "TEXT", help: "Bearer token for the schema registry, instead of user and password."
        ).secret()
        authorityFile = .optionalFile(
            "\(name)-ca-file",
            help: "PEM file of the certificate authorities for the registry's certificate.")
        certificateFile = .optionalFile(
            "\(name)-certificate-file",
            help: "PEM file of the client certificate, if the registry requires one.")
        keyFile = .optionalFile("\(name)-key-file", help: "PEM file of the client certificate's key.")
        keyPassword = .optional("\(name)-key-password", "TEXT", help: "Password of that key.").secret()
        insecure = .toggle("\(name)-insecure", help: "Accept any certificate of the registry: for experiments only.")
        timeout = .duration(
            "\(name)-timeout", default: "30s", from: "100ms", to: "10m",
            help: "Maximum time of one request to the schema registry.")
    }

    public var section: SettingsTable.Section {
        SettingsTable.Section(
            title,
            [
                url.spec, user.spec, password.spec, token.spec, authorityFile.spec, certificateFile.spec, keyFile.spec,
                keyPassword.spec, insecure.spec,
                timeout.spec,
            ])
    }

    /// Validates everything that a client would check at the start, without touching the network.
    ///
    /// - Throws: the error of the start.
    public func check(_ settings: Settings) throws(EFDError) { _ = try options(settings) }

    /// The options, validated without touching the network: addresses, credentials, and their files.
    public func options(_ settings: Settings, stop: StopToken? = nil) throws(EFDError) -> RegistryOptions {
        var http = HTTPClientOptions()
        http.timeout = settings[timeout]
        http.connectTimeout = min(10, settings[timeout])
        http.stop = stop
        http.tls.authorityFile = settings[authorityFile]
        http.tls.certificateFile = settings[certificateFile]
        http.tls.keyFile = settings[keyFile]
        http.tls.keyPassword = settings[keyPassword]
        http.tls.isInsecure = settings[insecure]
        for file in [authorityFile, certificateFile, keyFile] {
            guard let path = settings[file] else { continue }
            do throws(EFDError) { try Files.checkReadable(path) } catch { throw error.during(file.spec.flag) }
        }
        switch (settings[user], settings[password], settings[token]) {
        case (nil, nil, nil): break
        case (nil, nil, let token?): http.credentials = .bearer(token)
        case (let user?, let password, nil): http.credentials = .basic(user: user, password: password ?? "")
        case (nil, _?, _):
            throw EFDError(.registrySettingsContradict, "\(password.spec.flag) is set without \(user.spec.flag)")
        case (_?, _, _?):
            throw EFDError(.registrySettingsContradict, "\(token.spec.flag) and \(user.spec.flag) exclude each other")
        }
        return try RegistryOptions(settings[url], http: http)
    }
}
