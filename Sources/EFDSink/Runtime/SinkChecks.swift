import EFDCore
import EFDKafka
import EFDRegistry

/// What every sink refuses at its start, found without touching the network.
public enum SinkChecks {
    /// Checks Kafka's and the registry's settings, files that they name included.
    ///
    /// - Throws: what the start would throw.
    public static func check(_ settings: Settings) throws(EFDError) {
        try KafkaSettings.standard.check(settings, for: [.consuming, .producing])
        try RegistrySettings.standard.check(settings)
    }
}
