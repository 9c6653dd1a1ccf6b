import EFDCore
import EFDHTTP
import EFDKafka
import EFDRegistry

/// A schema registry with Confluent's REST interface that keeps its state in a Kafka topic.
///
/// Reads are answered from memory. A write is answered once Kafka has acknowledged it and it is in the state. Only one
/// registry may write to a topic at a time.
public final class RegistryServer: Sendable {
    public let health: Health
    private let store: RegistryStore
    private let writer: RegistryWriter
    /// Serializes the requests that write; true if the last write failed.
    private let writing = Locked(false)
    private let server: Locked<HTTPServer?> = Locked(nil)
    private let reader: Locked<JoinableThread?> = Locked(nil)
    private let failure = Locked<EFDError?>(nil)
    private let stopping = StopToken()
    /// The listen address.
    public let address: HostPort

    /// Listens immediately and starts to read the topic; until its end is reached, requests are answered with error
    /// 50001.
    public init(
        _ options: RegistryServerOptions, metrics: Metrics = Metrics(), health: Health = Health(), log: Log = .silent
    ) throws(EFDError) {
        let hooks = KafkaHooks(log: log, metrics: metrics, clientID: "efd-registry")
        let store = RegistryStore(RegistryState(defaultLevel: options.compatibility), log: log)
        let writer = try RegistryWriter(options, store, hooks: hooks)
        self.health = health
        self.store = store
        self.writer = writer
        health.set("schema topic", isMet: false, "\(options.topic) is being read")
        let requests = Self.requests(metrics)
        let answering = Answering(store: store, writer: writer, writing: writing, health: health, log: log)
        let pages = OperationsServer.routes(metrics, health)
        var http = options.http
        // Writes wait for Kafka; reads must not wait with them.
        http.threads = .perConnection
        let server = try HTTPServer(http, log: log) { request in
            if ["/metrics", "/healthz", "/livez", "/readyz"].contains(request.path) {
                return pages.respond(to: request)
            }
            requests.add()
            return answering.respond(to: request)
        }
        address = server.address
        self.server.withLock { $0 = server }
        let reading = RegistryReader(options: options, store: store, hooks: hooks, health: health, stop: stopping)
        let (failure, stopping) = (failure, stopping)
        reader.withLock { reader in
            reader = JoinableThread("registry-reader") {
                do throws(EFDError) {
                    try reading.run()
                } catch {
                    failure.withLock { $0 = error }
                    health.set("schema topic", isMet: false, error.description)
                    stopping.stop()
                }
            }
        }
    }

    deinit { stop() }

    static func requests(_ metrics: Metrics) -> Counter {
        metrics.counter("efd_registry_requests_total", "Requests to the schema registry.")
    }

    public var url: String { "http://\(address)" }

    /// Waits until the topic is read to its end. False if that takes longer than `seconds`.
    public func waitUntilReady(seconds: Double) -> Bool {
        let deadline = MonotonicClock.seconds() + seconds
        while !store.isCurrent && !stopping.isStopped && MonotonicClock.seconds() < deadline {
            MonotonicClock.sleep(seconds: 0.01)
        }
        return store.isCurrent
    }

    /// Serves until `stop` stops. Throws the fatal error, if any.
    public func run(until stop: StopToken) throws(EFDError) {
        stop.onStop { [stopping] in stopping.stop() }
        stopping.wait()
        self.stop()
        if let error = failure.withLock({ $0 }) { throw error }
    }

    /// Completes requests in progress and closes. Idempotent.
    public func stop() {
        stopping.stop()
        server.withLock { $0.take() }?.stop()
        if let worker = reader.withLock({ $0.take() }) {
            worker.join()
            writer.close()
        }
    }
}

/// Answers requests: reads from the state, writes through the topic.
private struct Answering: Sendable {
    let store: RegistryStore
    let writer: RegistryWriter
    let writing: Locked<Bool>
    let health: Health
    let log: Log

    func respond(to request: HTTPRequest) -> HTTPResponse {
        guard let decision = store.read({ RegistryAPI.decide($0, request) }) else { return unread }
        if decision.records.isEmpty { return decision.answer }
        return writing.withLock { hasFailed in
            // Another write may have intervened.
            guard let decision = store.read({ RegistryAPI.decide($0, request) }) else { return unread }
            do throws(AppendError) {
                try writer.append(decision.records)
                if hasFailed { health.set("schema writes", isMet: true, "the last schema was stored") }
                hasFailed = false
                return decision.answer
            } catch {
                hasFailed = true
                health.set("schema writes", isMet: false, error.error.description)
                log.error("a schema cannot be stored", error.error)
                return RegistryAPI.refused(RegistryRefusal(error)).answer
            }
        }
    }

    private var unread: HTTPResponse {
        RegistryAPI.refused(
            RegistryRefusal(
                code: 50001, message: "The schema topic is not read to its end yet; see /readyz for the reason")
        ).answer
    }
}

extension RegistryRefusal {
    init(_ error: AppendError) {
        let code = if case .timedOut = error { 50002 } else { 50001 }
        self.init(code: code, message: "The schema topic cannot be written: \(error.error.message)")
    }
}
