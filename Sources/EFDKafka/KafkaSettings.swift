import EFDCore

/// The settings of a Kafka cluster. With a prefix (`source`, `target`) one service can have two.
public struct KafkaSettings: Sendable {
    public static let standard = KafkaSettings()

    public let bootstrapServers: Setting<[String]>
    public let properties: Setting<[KeyValue]>
    public let user: Setting<String?>
    public let password: Setting<String?>
    public let mechanism: Setting<Mechanism>
    private let title: String

    /// SASL mechanisms that need a user and a password.
    public enum Mechanism: String, Sendable, CaseIterable {
        case plain = "PLAIN"
        case scram256 = "SCRAM-SHA-256"
        case scram512 = "SCRAM-SHA-512"
    }

    /// The roles of a program's clients.
    public enum Use: Sendable { case consuming, producing }

    /// `predecessors` are older names of a setting, by its name: `["bootstrap-servers": ["broker"]]`.
    public init(prefix: String = "", title: String = "Kafka", predecessors: [String: [String]] = [:]) {
        let lead = prefix.isEmpty ? "" : "\(prefix)-"
        self.title = title
        bootstrapServers = Setting<[String]>.servers(
            "\(lead)bootstrap-servers", default: "127.0.0.1:9092",
            help: "Brokers for the initial connection; they report the others."
        ).aliases(predecessors["bootstrap-servers"] ?? []).importance(.high)
        properties = .pairs(
            "\(lead)kafka-property",
            help:
                "Any property of librdkafka: ssl.ca.location, security.protocol, linger.ms, …; overrides the "
                + "program's own values."
        )
        user = Setting<String?>.optional("\(lead)kafka-user", "NAME", help: "SASL user; turns SASL on.").aliases(
            predecessors["kafka-user"] ?? [])
        password = Setting<String?>.optional("\(lead)kafka-password", "TEXT", help: "SASL password.").secret().aliases(
            predecessors["kafka-password"] ?? [])
        mechanism = .choice("\(lead)kafka-mechanism", default: .scram512, help: "SASL mechanism.")
    }

    public var section: SettingsTable.Section {
        SettingsTable.Section(
            title, [bootstrapServers.spec, user.spec, password.spec, mechanism.spec, properties.spec])
    }

    /// Validates everything that clients would check at the start, without touching the network.
    ///
    /// - Throws: the error of the start.
    public func check(_ settings: Settings, for uses: [Use]) throws(EFDError) {
        let properties = try properties(settings)
        for use in uses {
            switch use {
            case .consuming: try ClientCheck.check(.consumer, properties)
            case .producing: try ClientCheck.check(.producer, properties)
            }
        }
    }

    /// The properties, validated without touching the network: names and values of properties, their files, user and
    /// password.
    public func properties(_ settings: Settings) throws(EFDError) -> KafkaProperties {
        let given = settings[properties]
        var all: [String] = []
        switch (settings[user], settings[password]) {
        case (nil, nil): break
        case (let user?, let password?):
            let isEncrypted = given.contains { $0.key == "ssl.ca.location" || $0.key == "ssl.ca.pem" }
            all = [
                "security.protocol=\(isEncrypted ? "SASL_SSL" : "SASL_PLAINTEXT")",
                "sasl.mechanism=\(settings[mechanism].rawValue)",
            ]
            all += ["sasl.username=\(user)", "sasl.password=\(password)"]
        case (_?, nil):
            throw EFDError(.kafkaSettingsContradict, "\(user.spec.flag) is set without \(password.spec.flag)")
        case (nil, _?):
            throw EFDError(.kafkaSettingsContradict, "\(password.spec.flag) is set without \(user.spec.flag)")
        }
        let servers = settings[bootstrapServers].joined(separator: ",")
        try checkFiles(given)
        return try KafkaProperties(bootstrapServers: servers, properties: all + given.map { "\($0.key)=\($0.value)" })
    }

    private static let files: Set<String> = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.crl.location", "ssl.keystore.location",
    ]

    private func checkFiles(_ given: [KeyValue]) throws(EFDError) {
        // "probe" makes librdkafka search the usual locations.
        for pair in given where Self.files.contains(pair.key) && pair.value != "probe" {
            do throws(EFDError) { try Files.checkReadable(pair.value) } catch {
                throw error.during("\(properties.spec.flag) \(pair.key)")
            }
        }
    }
}
