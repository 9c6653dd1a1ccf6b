import EFDCore

/// The state of one client's connection to its cluster: for readiness, and to explain missing data.
public final class KafkaConnection: Sendable {
    public enum Status: Sendable, Equatable {
        /// No broker has answered yet.
        case connecting
        case up
        /// No broker answers; the client keeps trying.
        case down(EFDError)
        /// Rejected credentials or permissions: the client keeps trying, but a person must change something.
        case refused(EFDError)
        /// The client is unusable and must be replaced.
        case failed(EFDError)
    }

    private let state = Locked<Status>(.connecting)

    public var status: Status { state.withLock { $0 } }

    /// Known not to work. A client that is still connecting may work at once, or work already: it learns that with the
    /// first answer that it is asked for.
    public var isAway: Bool {
        switch status {
        case .connecting, .up: false
        case .down, .refused, .failed: true
        }
    }

    /// A failed client stays failed; any answer ends the other states.
    func becomes(_ next: Status) {
        state.withLock { status in
            if case .failed = status { return }
            status = next
        }
    }
}
