import CCycloneDDS
import EFDCore

/// Converts Cyclone's return codes to errors.
enum DDSFault {
    /// The remedy if a domain cannot be joined.
    static let network =
        "Check the interface and the configuration; --dds-participants bounds the DDS processes on one host."

    /// The entity or count in a call's return code, or its error.
    @discardableResult
    static func check(_ code: Int32, _ attempt: @autoclosure () -> String, remedy: String = "") throws(EFDError)
        -> Int32
    {
        if code >= 0 { return code }
        throw EFDError(.ddsCallFailed, "\(attempt()): \(words(code))", remedy: remedy)
    }

    static func words(_ code: Int32) -> String { dds_strretcode(code).map { String(cString: $0) } ?? "code \(code)" }
}
