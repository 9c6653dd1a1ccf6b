extension Backoff {
    /// Runs `body` until it succeeds, and waits longer after each failure. nil: `stop` stopped first.
    ///
    /// - Parameter onRetry: receives each failure before the wait, for readiness and the log.
    /// - Throws: the first error that is not retriable.
    public func retrying<Value>(
        until stop: StopToken, onRetry: (EFDError) -> Void, _ body: () throws(EFDError) -> Value
    ) throws(EFDError) -> Value? {
        var backoff = self
        while true {
            do throws(EFDError) { return try body() } catch {
                guard error.isRetriable else { throw error }
                onRetry(error)
                if stop.wait(seconds: backoff.next()) { return nil }
            }
        }
    }
}
