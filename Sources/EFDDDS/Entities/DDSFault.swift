import CCycloneDDS
import EFDCore

/// Return codes of Cyclone as errors.
enum DDSFault {
    /// The entity or count that a call gave, or the error that it means.
    @discardableResult
    static func check(_ code: Int32, _ attempt: @autoclosure () -> String, remedy: String = "") throws(EFDError) -> Int32 {
        if code >= 0 { return code }
        let words = dds_strretcode(code).map { String(cString: $0) } ?? "code \(code)"
        throw EFDError("dds.callFailed", "\(attempt()): \(words)", remedy: remedy)
    }
}
