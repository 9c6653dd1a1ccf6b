import CCurl
import CCurlShim
import EFDCore
import Synchronization

/// One keep-alive connection to a server at a time, over one libcurl handle.
///
/// It may move between threads but serves one request at a time: concurrent use traps.
public final class HTTPConnection: @unchecked Sendable {
    /// The data of one request as it arrives; the callbacks' context.
    final class Arrival {
        let limit: Int
        let stop: StopToken?
        var headers = HTTPHeaders()
        var body: [UInt8] = []
        var isOverLimit = false
        /// The empty line after the headers has arrived.
        var hasAllHeaders = false

        init(limit: Int, stop: StopToken?) { (self.limit, self.stop) = (limit, stop) }
    }

    private let handle: UnsafeMutableRawPointer
    private let options: HTTPClientOptions
    private let arrival: Arrival
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private let inUse = Atomic<Bool>(false)

    public init(_ options: HTTPClientOptions = HTTPClientOptions()) {
        precondition(Self.isReady, "libcurl cannot start")
        guard let handle = curl_easy_init() else { preconditionFailure("out of memory for a libcurl handle") }
        self.handle = handle
        self.options = options
        arrival = Arrival(limit: options.maximumResponseBytes, stop: options.stop)
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        configure()
    }

    deinit {
        curl_easy_cleanup(handle)
        errorText.deallocate()
    }

    /// Sends a request and waits for the whole answer, whatever its status. The body is not copied.
    ///
    /// Throws if no answer arrived: `http.unreachable`, `http.timedOut`, `http.connectionLost` (retriable),
    /// `http.tlsRefused`, `http.responseTooLarge`, `http.stopped`.
    public func request(
        _ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = [:], body: UnsafeRawBufferPointer? = nil
    ) throws(EFDError) -> HTTPResponse {
        precondition(!inUse.exchange(true, ordering: .acquiring), "an HTTPConnection serves one request at a time")
        defer { inUse.store(false, ordering: .releasing) }
        let list = try headerList(headers, url)
        defer { curl_slist_free_all(list) }
        curl_set_pointer(handle, CURLOPT_HTTPHEADER, list)
        curl_set_text(handle, CURLOPT_URL, url.description)
        curl_set_text(handle, CURLOPT_PROXY, isLoopback(url.host) ? "" : nil)
        prepare(method, body)
        authenticate(options.credentials ?? url.credentials)
        arrival.headers = HTTPHeaders()
        arrival.body = []
        arrival.isOverLimit = false
        arrival.hasAllHeaders = false
        errorText[0] = 0
        let code = curl_easy_perform(handle)
        guard code == CURLE_OK else { throw HTTPFailure(code, errorText, arrival).error(method, url, options) }
        // libcurl treats the end of a connection as the end of the headers, and a truncated answer as one without a
        // body.
        guard arrival.hasAllHeaders else {
            throw HTTPFailure(CURLE_PARTIAL_FILE, errorText, arrival).error(method, url, options)
        }
        let answer = HTTPResponse(
            status: curl_get_long(handle, CURLINFO_RESPONSE_CODE), headers: arrival.headers, body: arrival.body)
        arrival.body = []
        return answer
    }

    public func request(_ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = [:], body: [UInt8])
        throws(EFDError) -> HTTPResponse
    {
        let result = body.withUnsafeBytes { bytes in
            Result { () throws(EFDError) in try request(method, url, headers: headers, body: bytes) }
        }
        return try result.get()
    }

    private func configure() {
        curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
        curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options.connectTimeout))
        curl_set_long(handle, CURLOPT_TIMEOUT_MS, milliseconds(options.timeout))
        if let seconds = options.stallTimeout {
            curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
            curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, max(1, Int(seconds)))
        }
        curl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        curl_set_text(handle, CURLOPT_USERAGENT, options.userAgent)
        let context = Unmanaged.passUnretained(arrival).toOpaque()
        curl_set_receiver(handle, CURLOPT_WRITEFUNCTION, receiveBody)
        curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        curl_set_receiver(handle, CURLOPT_HEADERFUNCTION, receiveHeader)
        curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        if options.stop != nil {
            curl_set_progress(handle, watchStop)
            curl_set_pointer(handle, CURLOPT_XFERINFODATA, context)
            curl_set_long(handle, CURLOPT_NOPROGRESS, 0)
        }
        let tls = options.tls
        curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = tls.authorityFile { curl_set_text(handle, CURLOPT_CAINFO, file) }
        if let file = tls.certificateFile { curl_set_text(handle, CURLOPT_SSLCERT, file) }
        if let file = tls.keyFile { curl_set_text(handle, CURLOPT_SSLKEY, file) }
        if let password = tls.keyPassword { curl_set_text(handle, CURLOPT_KEYPASSWD, password) }
        if tls.isInsecure {
            curl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            curl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
    }

    private func prepare(_ method: HTTPMethod, _ body: UnsafeRawBufferPointer?) {
        curl_set_text(handle, CURLOPT_CUSTOMREQUEST, nil)
        if body != nil || method == .post || method == .put || method == .patch {
            curl_set_long(handle, CURLOPT_POST, 1)
            // With a null pointer libcurl would request the body by callback.
            curl_set_pointer(handle, CURLOPT_POSTFIELDS, body?.baseAddress ?? UnsafeRawPointer(errorText))
            curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body?.count ?? 0))
        } else {
            curl_set_pointer(handle, CURLOPT_POSTFIELDS, nil)
            curl_set_long(handle, CURLOPT_HTTPGET, 1)
            if method == .head { curl_set_long(handle, CURLOPT_NOBODY, 1) }
        }
        if method != .get && method != .head || body != nil {
            curl_set_text(handle, CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
    }

    private func authenticate(_ credentials: HTTPCredentials?) {
        curl_set_text(handle, CURLOPT_USERNAME, nil)
        curl_set_text(handle, CURLOPT_PASSWORD, nil)
        guard case .basic(let user, let password) = credentials else { return }
        curl_set_long(handle, CURLOPT_HTTPAUTH, 1)  // CURLAUTH_BASIC
        curl_set_text(handle, CURLOPT_USERNAME, user)
        curl_set_text(handle, CURLOPT_PASSWORD, password)
    }

    /// The caller's headers; disables libcurl's defaults of `Expect` and `Content-Type`.
    private func headerList(_ headers: HTTPHeaders, _ url: HTTPURL) throws(EFDError) -> UnsafeMutablePointer<
        curl_slist
    >? {
        var list: UnsafeMutablePointer<curl_slist>? = curl_slist_append(nil, "Expect:")
        if headers["Content-Type"] == nil { list = curl_slist_append(list, "Content-Type:") }
        var all = headers
        switch options.credentials {
        case .bearer(let secret): all["Authorization"] = "Bearer \(secret)"
        case .token(let secret): all["Authorization"] = "Token \(secret)"
        case .basic, nil: break
        }
        for (name, value) in all.entries {
            guard !(name + value).utf8.contains(where: { $0 < 0x20 && $0 != 9 }) else {
                curl_slist_free_all(list)
                throw EFDError(
                    .httpHeaderRefused,
                    "the value of the header \(name) for \(url.authority) has a control character in it")
            }
            list = curl_slist_append(list, value.isEmpty ? "\(name);" : "\(name): \(value)")
        }
        return list
    }

    private func milliseconds(_ seconds: Double) -> Int { max(1, Int((seconds * 1000).rounded(.up))) }

    /// A proxy of the environment is never used for this machine.
    private func isLoopback(_ host: String) -> Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    private static let isReady = curl_global_init(3) == CURLE_OK  // CURL_GLOBAL_ALL; runs once
}

private func arrival(_ context: UnsafeMutableRawPointer?) -> HTTPConnection.Arrival {
    Unmanaged<HTTPConnection.Arrival>.fromOpaque(context!).takeUnretainedValue()
}

private let receiveBody: curl_shim_receiver = { data, size, count, context in
    let arrival = arrival(context)
    guard arrival.body.count + size * count <= arrival.limit else {
        arrival.isOverLimit = true
        return 0  // Anything but the count ends the transfer.
    }
    arrival.body.append(contentsOf: UnsafeRawBufferPointer(start: data, count: size * count))
    return size * count
}

private let receiveHeader: curl_shim_receiver = { data, size, count, context in
    let line = String(decoding: UnsafeRawBufferPointer(start: data, count: size * count), as: UTF8.self)
    let arrival = arrival(context)
    if line.hasPrefix("HTTP/") {
        arrival.headers = HTTPHeaders()  // A new answer begins: the one before was interim.
        arrival.hasAllHeaders = false
    } else if line == "\r\n" || line == "\n" {
        arrival.hasAllHeaders = true
    } else if let colon = line.firstIndex(of: ":") {
        arrival.headers.add(String(line[..<colon]), line[line.index(after: colon)...].trimmed)
    }
    return size * count
}

private let watchStop: curl_shim_progress = { context, _, _, _, _ in arrival(context).stop?.isStopped == true ? 1 : 0 }
