import EFDCore
import EFDKafka
import Foundation
import Testing

/// What clients would refuse at the start is found before, in the same words, without a broker.
@Suite struct KafkaCheckTests {
    private func settings(_ arguments: [String]) throws -> Settings {
        let table = SettingsTable(program: "p", summary: "s", sections: [KafkaSettings.standard.section])
        return try Settings.parse(table, arguments: arguments, environment: [:]) { _ in [] }
    }

    private func complaint(_ arguments: [String]) -> String {
        do {
            try KafkaSettings.standard.check(try settings(arguments), for: [.consuming, .producing])
            return ""
        } catch { return "\(error)" }
    }

    @Test(arguments: [
        (["--bootstrap-servers", ""], "--bootstrap-servers"),
        (["--bootstrap-servers", "http://kafka:9092"], "brokers do not speak http"),
        (["--bootstrap-servers", "kafka:99999"], "port from 1 to 65535"),
        (["--kafka-property", "foo.bar=1"], "foo.bar"), (["--kafka-property", "linger.ms=abc"], "linger.ms"),
        (["--kafka-property", "enable.auto.commit=false"], "enable.auto.commit cannot be set"),
        (["--kafka-property", "ssl.ca.location=/nosuch.pem"], "cannot open /nosuch.pem"),
        (["--kafka-property", "ssl.key.location=/nosuch.pem"], "cannot open /nosuch.pem"),
        (["--kafka-user", "me"], "--kafka-user is set without --kafka-password"),
        (["--kafka-password", "x"], "--kafka-password is set without --kafka-user"),
        (["--kafka-property", "session.timeout.ms=600000"], "creating a consumer"),
        (["--kafka-property", "acks=1"], "creating a producer"),
    ])
    func whatAStartRefusesIsFound(arguments: [String], expected: String) {
        let text = complaint(arguments)
        #expect(text.contains(expected), "\(arguments): \(text)")
    }

    @Test(arguments: [
        [], ["--kafka-user", "me", "--kafka-password", "x"],
        ["--kafka-property", "security.protocol=SASL_PLAINTEXT", "--kafka-property", "sasl.mechanism=GSSAPI"],
        ["--kafka-property", "ssl.ca.location=probe"],
        ["--bootstrap-servers", "SSL://kafka:9093", "--kafka-property", "security.protocol=SSL"],
    ])
    func whatAStartTakesIsGood(arguments: [String]) { #expect(complaint(arguments) == "") }

    @Test func theStartUsesTheSameWords() throws {
        let arguments = ["--kafka-property", "session.timeout.ms=600000"]
        let properties = try KafkaSettings.standard.properties(try settings(arguments))
        let error = #expect(throws: EFDError.self) { _ = try KafkaConsumer(properties, group: "g") }
        #expect("\(try #require(error))" == complaint(arguments))
    }

    @Test func aCertificateThatIsNoneIsFound() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "efd-ca-\(UUID().uuidString).pem").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Files.write(Array("not a certificate".utf8), to: path)
        let text = complaint(["--kafka-property", "security.protocol=SSL;ssl.ca.location=\(path)"])
        #expect(text.contains("creating a consumer") && text.contains("ssl.ca.location"), "\(text)")
    }
}
