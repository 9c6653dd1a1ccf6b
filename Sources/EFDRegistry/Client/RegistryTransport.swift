import EFDCore
import EFDHTTP
import Synchronization

/// Sends a request to any of the registry's addresses that answers, and retries retriable faults.
final class RegistryTransport: Sendable {
    private static let contentType = "application/vnd.schemaregistry.v1+json"

    private let options: RegistryOptions
    private let client: HTTPClient
    /// The index of the address that answered last.
    private let preferred = Atomic<Int>(0)

    init(_ options: RegistryOptions) {
        self.options = options
        client = HTTPClient(options.http)
    }

    /// The answer to a request that the registry processed: success, or a `RegistryFault`.
    func send(
        _ method: HTTPMethod, _ path: [String], query: KeyValuePairs<String, String> = [:], body: JSON? = nil
    ) throws(EFDError) -> Result<JSON, RegistryFault> {
        var backoff = options.backoff
        var last: EFDError?
        for attempt in 1...max(1, options.attempts) {
            if attempt > 1, wait(backoff.next()) { break }
            do throws(EFDError) {
                return try sendOnce(method, path, query, body)
            } catch {
                guard error.isRetriable, error.code != .httpStopped else { throw error }
                last = error
            }
        }
        throw last
            ?? EFDError(
                .httpStopped, "the request to the schema registry is aborted: the program stops", recovery: .retry)
    }

    /// Tries each address once, beginning with the one that answered last.
    private func sendOnce(
        _ method: HTTPMethod, _ path: [String], _ query: KeyValuePairs<String, String>, _ body: JSON?
    ) throws(EFDError) -> Result<JSON, RegistryFault> {
        let first = preferred.load(ordering: .relaxed)
        var last: EFDError?
        for offset in 0..<options.urls.count {
            let index = (first + offset) % options.urls.count
            var url = options.urls[index]
            for segment in path { url = url.appending(segment) }
            do throws(EFDError) {
                let answer = try client.request(
                    method, url.querying(query), headers: headers(body), body: body.map { Array($0.text.utf8) })
                let result = try read(answer, method, url)
                preferred.store(index, ordering: .relaxed)
                return result
            } catch {
                guard error.isRetriable, error.code != .httpStopped else { throw error }
                last = error
            }
        }
        throw last!
    }

    private func headers(_ body: JSON?) -> HTTPHeaders {
        var headers: HTTPHeaders = ["Accept": "\(Self.contentType), application/json"]
        if body != nil { headers["Content-Type"] = Self.contentType }
        return headers
    }

    private func read(_ answer: HTTPResponse, _ method: HTTPMethod, _ url: HTTPURL) throws(EFDError) -> Result<
        JSON, RegistryFault
    > {
        let attempt = "\(method.rawValue) \(url.path) on the schema registry \(url.authority)"
        let document = try? answer.json()
        if answer.isSuccess {
            if answer.body.isEmpty { return .success(.null) }
            guard let document else {
                throw EFDError(
                    .registryAnswerUnreadable, "\(attempt) was not answered with JSON",
                    remedy: "Check that --registry-url names a schema registry.")
            }
            return .success(document)
        }
        let code = document?["error_code"]?.integer.map { Int($0) }
        let isPage = answer.text.trimmed.hasPrefix("<")
        let text =
            document?["message"]?.string
            ?? (isPage ? "a page in HTML, which a registry does not send" : String(answer.text.prefix(200)))
        if answer.status == 401 || answer.status == 403 {
            throw EFDError(
                .registryAccessDenied, "\(attempt) was rejected with status \(answer.status): \(text)",
                remedy: "Check --registry-user and --registry-password.")
        }
        if answer.status >= 500 || answer.status == 429 || answer.status == 408 {
            throw EFDError(
                .registryUnavailable, "\(attempt) failed with status \(answer.status): \(text)", recovery: .retry)
        }
        // A registry has specific codes for missing items; any other 404 is not a registry's answer.
        if answer.status == 404, !(40400...40499).contains(code ?? 0) {
            throw EFDError(
                .registryPathUnknown, "\(attempt) was answered with 404: \(text)",
                remedy:
                    "Check the path of --registry-url; some registries have their Confluent interface at "
                    + "/apis/ccompat/v7."
            )
        }
        return .failure(
            RegistryFault(status: answer.status, code: code ?? answer.status, message: text, attempt: attempt))
    }

    /// True if the program stops meanwhile.
    private func wait(_ seconds: Double) -> Bool {
        if let stop = options.http.stop { return stop.wait(seconds: seconds) }
        MonotonicClock.sleep(seconds: seconds)
        return false
    }
}
