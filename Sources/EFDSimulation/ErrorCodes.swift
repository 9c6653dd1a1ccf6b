import EFDCore

/// `efd simulate`.
extension EFDError.Code {
    /// No component or topic is left to simulate.
    /// Action: Name components, and check the rates and `--topic-regex`.
    static let simulateNothingToSend = Self("simulate.nothingToSend")

    /// Kafka rejected a simulated record.
    /// Action: See Kafka's error in the message.
    static let simulateRecordRefused = Self("simulate.recordRefused")

    /// A simulated sample cannot be transcoded.
    /// Action: Report the message.
    static let simulateSampleMalformed = Self("simulate.sampleMalformed")

    /// The simulation was stopped while it waited for the registry or the cluster.
    /// Action: None.
    static let simulateStopped = Self("simulate.stopped")
}
