import EFDCore
import EFDKafka
import EFDRegistry

/// Validates the settings of every sink, without touching the network.
public enum SinkChecks {
    /// Validates Kafka's and the registry's settings, including their files.
    ///
    /// - Throws: the error of the start.
    public static func check(_ settings: Settings) throws(EFDError) {
        try KafkaSettings.standard.check(settings, for: [.consuming, .producing])
        try RegistrySettings.standard.check(settings)
    }
}
