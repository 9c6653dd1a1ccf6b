import CRdKafka
import EFDCore

/// Checks whether librdkafka accepts properties, by creating a client without a broker: it validates combinations of
/// properties and reads certificates, and connects to nothing.
enum ClientCheck {
    /// - Throws: the error of `ClientHandle`.
    static func check(_ role: ClientRole, _ properties: KafkaProperties) throws(EFDError) {
        // Kerberos requests a ticket as soon as a client is created.
        if usesKerberos(properties) { return }
        let settings =
            role.defaults + properties.properties.map { ($0.key, $0.value) }
            + (role == .consumer ? [("group.id", "check")] : [])
        let configuration = try ClientHandle.configuration(settings, properties.bootstrapServers)
        rd_kafka_conf_set_log_cb(configuration) { _, _, _, _ in }
        var words = [CChar](repeating: 0, count: 512)
        let kind = role == .consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER
        guard let client = rd_kafka_new(kind, configuration, &words, words.count) else {
            rd_kafka_conf_destroy(configuration)
            throw ClientHandle.refusal(role, properties, words)
        }
        rd_kafka_destroy(client)
    }

    private static func usesKerberos(_ properties: KafkaProperties) -> Bool {
        let mechanism = properties["sasl.mechanism"] ?? properties["sasl.mechanisms"] ?? "GSSAPI"
        let isSASL = properties["security.protocol"]?.uppercased().hasPrefix("SASL") ?? false
        return isSASL && mechanism.uppercased() == "GSSAPI"
    }
}
