import EFDCore
import Glibc

/// A source of credentials.
protocol CredentialSource: Sendable {
    /// Name for messages.
    var name: String { get }
    /// nil: this source is not configured. Throws if it is configured, and does not work.
    func fetch() throws(EFDError) -> S3Credentials?
}

/// The credential sources of AWS's own tools, in their order; the first that provides some is used from then on.
/// Temporary credentials are renewed before they expire. Thread-safe. Source:
/// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
public final class CredentialChain: Sendable {
    private struct State {
        var source: (any CredentialSource)?
        var credentials: S3Credentials?
    }

    private let sources: [any CredentialSource]
    private let now: @Sendable () -> Double
    private let state = Locked(State())

    /// Seconds before their expiry at which temporary credentials are renewed.
    private static let margin = 300.0

    init(_ sources: [any CredentialSource], now: @escaping @Sendable () -> Double = { WallClock.seconds() }) {
        self.sources = sources
        self.now = now
    }

    /// Environment, web identity, files, container, machine.
    public convenience init(_ environment: S3Environment) {
        self.init([
            EnvironmentCredentials(environment: environment), WebIdentityCredentials(environment: environment),
            ProfileCredentials(environment: environment),
            ContainerCredentials(environment: environment), MachineCredentials(environment: environment),
        ])
    }

    /// The current credentials. Throws `s3.credentialsMissing`, or why a configured source provides none.
    func current() throws(EFDError) -> S3Credentials {
        // Under the lock, so that one thread fetches and the others wait for it.
        try state.withLock { (state) throws(EFDError) in
            let now = self.now()
            if let known = state.credentials, known.expires.map({ $0 - Self.margin > now }) ?? true { return known }
            do throws(EFDError) {
                let fresh = try fetch(&state)
                state.credentials = fresh
                return fresh
            } catch {
                // Credentials that have not expired yet are still valid.
                if let known = state.credentials, let expires = known.expires, expires > now { return known }
                throw error
            }
        }
    }

    /// The server reports that they have expired.
    func expire() { state.withLock { $0.credentials = nil } }

    private func fetch(_ state: inout State) throws(EFDError) -> S3Credentials {
        for source in state.source.map({ [$0] }) ?? sources {
            guard let found = try source.fetch() else { continue }
            state.source = source
            return found
        }
        // A source that provided some will provide some again.
        let recovery: EFDError.Recovery = state.source == nil ? .intervene : .retry
        throw EFDError(
            .s3CredentialsMissing,
            "no credentials for the object store: none in \((sources).map(\.name).joined(separator: ", "))",
            remedy: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ~/.aws/credentials.",
            recovery: recovery)
    }
}

/// The environment variables of AWS's tools.
public struct S3Environment: Sendable {
    private let lookUp: @Sendable (String) -> String?

    /// The environment of this process.
    public static let process = S3Environment { name in getenv(name).map { String(cString: $0) } }

    /// - Parameter lookUp: a variable's value by its name; nil or empty: it is not set.
    public init(_ lookUp: @escaping @Sendable (String) -> String?) { self.lookUp = lookUp }

    public subscript(name: String) -> String? { lookUp(name).flatMap { $0.isEmpty ? nil : $0 } }
}
