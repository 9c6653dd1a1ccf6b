import CCurl
import EFDCore

/// Converts libcurl's failures to errors.
struct HTTPFailure {
    let code: CURLcode
    let detail: String
    let isOverLimit: Bool
    let isStopped: Bool

    init(_ code: CURLcode, _ text: UnsafePointer<CChar>, _ arrival: HTTPConnection.Arrival) {
        self.code = code
        detail = text[0] == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: text)
        isOverLimit = arrival.isOverLimit
        isStopped = arrival.stop?.isStopped == true
    }

    func error(_ method: HTTPMethod, _ url: HTTPURL, _ options: HTTPClientOptions) -> EFDError {
        let attempt = "\(method.rawValue) \(url.path.isEmpty ? "/" : url.path) on \(url.authority)"
        switch code {
        case CURLE_ABORTED_BY_CALLBACK where isStopped:
            return EFDError(.httpStopped, "\(attempt) is aborted: the program stops", recovery: .retry)
        case CURLE_WRITE_ERROR where isOverLimit:
            return EFDError(
                .httpResponseTooLarge, "\(attempt): the answer is larger than \(options.maximumResponseBytes) bytes")
        case CURLE_OPERATION_TIMEDOUT:
            return EFDError(.httpTimedOut, "\(attempt): \(detail)", recovery: .retry)
        case CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_INTERFACE_FAILED:
            return EFDError(
                .httpUnreachable, "\(attempt): \(detail)",
                remedy: "Check that the server runs and that host and port are right.", recovery: .retry)
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_CIPHER,
            CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CONNECT_ERROR:
            return EFDError(
                .httpTlsRefused, "\(attempt): \(detail)",
                remedy: "Check that the port speaks TLS, and the certificate, key and authority files.",
                // A server that disconnects during the handshake looks like one that rejects it.
                recovery: code == CURLE_SSL_CONNECT_ERROR ? .retry : .intervene)
        // curl reports an answer that is not HTTP/1 as HTTP/0.9, an unsupported protocol.
        case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL:
            return EFDError(
                .httpNotHTTP, "\(attempt): the server's answer is not HTTP (\(detail))", remedy: Self.otherService,
                recovery: .retry)
        case CURLE_GOT_NOTHING:
            return EFDError(
                .httpConnectionLost, "\(attempt): the server closed the connection without an answer",
                remedy: "If it persists: \(Self.otherService)", recovery: .retry)
        case CURLE_URL_MALFORMAT: return EFDError(.httpUrlMalformed, "\(attempt): \(detail)")
        default:  // Send and receive errors, an empty answer, a broken chunk: the connection broke.
            return EFDError(
                .httpConnectionLost, "\(attempt): \(detail)", remedy: "If it persists: \(Self.otherService)",
                recovery: .retry)
        }
    }

    private static let otherService =
        "Check the port: another service, such as Kafka, may listen there, or the server needs https://."
}
