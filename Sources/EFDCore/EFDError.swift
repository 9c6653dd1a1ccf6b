/// What failed, on what, and how to repair it: the one error type that crosses module boundaries.
///
/// Hot paths have small error enums and convert to `EFDError` at the boundary where a person reads the error.
public struct EFDError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A stable name, `<area>.<nounParticiple>`, that logs, metrics and pages use: `kafka.brokerUnreachable`.
    ///
    /// Each module declares its codes as static members in its `ErrorCodes.swift`, from which `scripts/docs` writes
    /// docs/reference/errors.md. There is no literal: a code that is not declared does not compile.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    /// Who can repair the cause.
    public enum Recovery: Sendable, Equatable {
        /// The cause may pass by itself (network, leader change, overload): try again with backoff.
        case retry
        /// The cause stays until a person changes something (credentials, missing database): stop or fail readiness.
        case intervene
        /// The data is at fault: the record goes to the dead-letter topic and the service continues.
        case reject
    }

    public let code: Code
    /// What was attempted, on what, and the answer. Never contains a secret.
    public let message: String
    /// What the reader should do; may be empty if the message is enough.
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

    /// The same error one level up: `context` names what the caller was doing.
    public func during(_ context: String) -> EFDError {
        EFDError(code, "\(context): \(message)", remedy: remedy, recovery: recovery)
    }
}
