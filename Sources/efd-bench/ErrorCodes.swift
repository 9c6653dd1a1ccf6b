import EFDCore

/// Measurements.
extension EFDError.Code {
    /// A measurement could not be completed.
    /// Action: See the message.
    static let benchFailed = Self("bench.failed")
}
