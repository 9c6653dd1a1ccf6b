/// What went wrong, on what, and what to do about it: the one error type that crosses module boundaries.
///
/// Hot paths have small error enums of their own and become an `EFDError` where a person will read them.
public struct EFDError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable name, `<module>.<nounParticiple>`, that logs, metrics and pages use: `kafka.brokerUnreachable`.
    public struct Code: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
        public let description: String
        public init(stringLiteral value: String) { description = value }
    }

    /// Who can mend it.
    public enum Recovery: Sendable, Equatable {
        /// It may pass by itself (network, leader change, overload): try again with backoff.
        case retry
        /// It stays until a person changes something (credentials, missing database): stop or fail readiness.
        case intervene
        /// The data itself is at fault: the record goes to the dead-letter topic, the service goes on.
        case reject
    }

    public let code: Code
    /// What was attempted, on what, and what came back. Never holds a secret.
    public let message: String
    /// What the reader should do; may be empty where the message says it all.
    public let remedy: String
    public let recovery: Recovery

    public init(_ code: Code, _ message: String, remedy: String = "", recovery: Recovery = .intervene) {
        self.code = code
        self.message = message
        self.remedy = remedy
        self.recovery = recovery
    }

    public var isRetriable: Bool { recovery == .retry }

    public var description: String { remedy.isEmpty ? "\(message) [\(code)]" : "\(message) [\(code)]. \(remedy)" }

    /// The same error seen from one level up: `context` says what the caller was doing.
    public func during(_ context: String) -> EFDError {
        EFDError(code, "\(context): \(message)", remedy: remedy, recovery: recovery)
    }
}
