import EFDCore
import EFDHTTP

/// The objects of one bucket. Thread-safe; each call is one request, retried while its fault is retriable.
///
/// Retries are safe: repeated reads and deletes change nothing, an unconditional put writes the same bytes again, and
/// after a conditional put with a lost answer the caller learns that the key exists, and can compare the object.
public final class S3Client: Sendable {
    private let options: S3Options
    private let credentials: CredentialChain
    private let http: HTTPClient
    private let base: HTTPURL
    private let retries: @Sendable () -> Void

    /// - Parameter retries: called for each retried request.
    public init(_ options: S3Options, credentials: CredentialChain, retries: @escaping @Sendable () -> Void = {})
        throws(EFDError)
    {
        self.options = options
        self.credentials = credentials
        self.retries = retries
        base = try options.base()
        http = HTTPClient(options.http, maximumIdle: 32)
    }

    /// nil: there is no such object.
    public func size(_ key: String) throws(EFDError) -> Int? {
        guard let response = try send(.head, key, missing: 404) else { return nil }
        return response.headers["Content-Length"].flatMap { Int($0) } ?? 0
    }

    /// An object's bytes, or those of a range within it; nil: there is no such object.
    public func get(_ key: String, _ range: Range<Int>? = nil) throws(EFDError) -> [UInt8]? {
        let headers: HTTPHeaders = range.map { ["Range": "bytes=\($0.lowerBound)-\($0.upperBound - 1)"] } ?? [:]
        return try send(.get, key, headers: headers, missing: 404)?.body
    }

    /// Creates or replaces an object.
    public func put(_ key: String, _ body: UnsafeRawBufferPointer) throws(EFDError) {
        _ = try send(.put, key, body: body)
    }

    /// Creates an object. False: one exists; it may be this very one, if the answer to a first attempt was lost.
    public func create(_ key: String, _ body: UnsafeRawBufferPointer) throws(EFDError) -> Bool {
        try send(.put, key, headers: ["If-None-Match": "*"], body: body, missing: 412) != nil
    }

    /// Succeeds if there is none.
    public func delete(_ key: String) throws(EFDError) { _ = try send(.delete, key, missing: 404) }

    /// All keys that begin with `prefix`, page by page.
    ///
    /// - Parameter delimiter: keys that contain it after the prefix are combined to their common prefix.
    public func list(prefix: String, delimiter: String? = nil, _ body: (Listing) throws(EFDError) -> Void)
        throws(EFDError)
    {
        var continuation: String?
        repeat {
            // Sorted by name, as signatures require.
            var url = base
            if let continuation { url = url.querying(["continuation-token": continuation]) }
            if let delimiter { url = url.querying(["delimiter": delimiter]) }
            url = url.querying(["list-type": "2", "prefix": prefix])
            guard let response = try send(.get, url, "listing s3://\(options.bucket)/\(prefix)") else { return }
            let page = try Listing(response.body)
            try body(page)
            continuation = page.continuation
        } while continuation != nil
    }

    private func send(
        _ method: HTTPMethod, _ key: String, headers: HTTPHeaders = [:], body: UnsafeRawBufferPointer? = nil,
        missing: Int? = nil
    ) throws(EFDError) -> HTTPResponse? {
        var url = base
        for part in key.split(separator: "/") { url = url.appending(String(part)) }
        return try send(
            method, url, "\(method.rawValue) s3://\(options.bucket)/\(key)", headers: headers, body: body,
            missing: missing)
    }

    /// - Parameter missing: the status for which the result is nil, unless the bucket is missing.
    private func send(
        _ method: HTTPMethod, _ url: HTTPURL, _ attempt: String, headers: HTTPHeaders = [:],
        body: UnsafeRawBufferPointer? = nil, missing: Int? = nil
    ) throws(EFDError) -> HTTPResponse? {
        let payload = Digest.sha256(body ?? UnsafeRawBufferPointer(start: nil, count: 0))
        var backoff = Backoff(base: options.backoffBase, cap: options.backoffCap)
        while true {
            let fault: EFDError
            do throws(EFDError) {
                let signature = Signature(credentials: try credentials.current(), region: options.region)
                let signed = signature.sign(
                    method, url, headers: headers, payload: payload, now: Int64(WallClock.seconds()))
                let response = try http.request(method, url, headers: signed, bytes: body)
                if response.isSuccess { return response }
                let refusal = Refusal(response)
                if refusal.isAboutExpiry { credentials.expire() }
                if response.status == missing, refusal.code != "NoSuchBucket" { return nil }
                fault = refusal.error(attempt)
            } catch {
                fault = error
            }
            guard fault.isRetriable, backoff.attempt + 1 < options.attempts else { throw fault }
            retries()
            MonotonicClock.sleep(seconds: backoff.next())
        }
    }
}
