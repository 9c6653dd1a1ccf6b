import EFDCore

extension KafkaConnection {
    /// Sets the readiness condition `kafka`; `work` is its text while a broker answers.
    public func report(to health: Health, _ work: String) {
        switch status {
        case .connecting: health.set("kafka", isMet: false, "no broker has answered yet")
        case .up: health.set("kafka", isMet: true, work)
        case .down(let error), .refused(let error), .failed(let error):
            health.set("kafka", isMet: false, error.description)
        }
    }
}
