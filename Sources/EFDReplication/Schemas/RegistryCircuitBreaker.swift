import EFDCore

/// While a registry is unavailable, requests fail immediately with its last error; occasionally one is let through.
final class RegistryCircuitBreaker: Sendable {
    private struct State {
        var error: EFDError?
        var until = 0.0
        var backoff = Backoff(base: 0.5, cap: 10)
    }

    private let state = Locked(State())
    private let now: @Sendable () -> Double

    init(now: @escaping @Sendable () -> Double = MonotonicClock.seconds) { self.now = now }

    /// Throws the last error while it is too early to ask again.
    func check() throws(EFDError) {
        let time = now()
        if let error = state.withLock({ $0.until > time ? $0.error : nil }) { throw error }
    }

    func failed(_ error: EFDError) {
        let time = now()
        state.withLock { state in
            state.error = error
            state.until = time + state.backoff.next()
        }
    }

    func succeeded() {
        state.withLock { state in
            guard state.error != nil else { return }
            state.error = nil
            state.backoff.reset()
        }
    }
}
