import CCurl
import EFDCore

/// An absolute `http` or `https` URL in its parts. Credentials in it are separated and never printed.
public struct HTTPURL: Sendable, Equatable, CustomStringConvertible {
    public let isSecure: Bool
    /// Without the brackets of an IPv6 address.
    public let host: String
    public let port: UInt16
    /// Percent-encoded, begins with `/` or is empty, never ends with `/`.
    public private(set) var path: String
    /// Percent-encoded, without `?`.
    public private(set) var query: String?
    /// From `http://user:password@host`.
    public let credentials: HTTPCredentials?

    public init(_ text: String) throws(EFDError) {
        guard let parts = curl_url() else { throw EFDError(.httpOutOfMemory, "out of memory") }
        defer { curl_url_cleanup(parts) }
        let code = curl_url_set(parts, CURLUPART_URL, text, UInt32(CURLU_NON_SUPPORT_SCHEME))
        func part(_ which: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            guard curl_url_get(parts, which, &text, UInt32(flags)) == CURLUE_OK, let text else { return nil }
            defer { curl_free(text) }
            return String(cString: text)
        }
        let scheme = part(CURLUPART_SCHEME)
        guard code == CURLUE_OK, scheme == "http" || scheme == "https", let host = part(CURLUPART_HOST), !host.isEmpty,
            let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT).flatMap({ UInt16($0) })
        else {
            // The text may contain a password: never repeat the user part.
            throw EFDError(
                .httpUrlMalformed,
                "\(Self.withoutUserInfo(text)) is not an http:// or https:// URL "
                    + "(\(String(cString: curl_url_strerror(code))))",
                remedy: "Write it as http://HOST:PORT.")
        }
        isSecure = scheme == "https"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        let path = part(CURLUPART_PATH) ?? ""
        self.path = path.hasSuffix("/") ? String(path.dropLast()) : path
        query = part(CURLUPART_QUERY)
        credentials = part(CURLUPART_USER, CURLU_URLDECODE).map {
            .basic(user: $0, password: part(CURLUPART_PASSWORD, CURLU_URLDECODE) ?? "")
        }
    }

    /// `host:port`, which names the server in errors and logs.
    public var authority: String { HostPort(host: host, port: port).description }

    /// The URL without credentials.
    public var description: String {
        "\(isSecure ? "https" : "http")://\(authority)\(path.isEmpty ? "/" : path)\(query.map { "?\($0)" } ?? "")"
    }

    /// Adds path segments, each percent-encoded: a `/` inside one becomes `%2F`.
    public func appending(_ segments: String...) -> HTTPURL {
        var copy = self
        for segment in segments { copy.path += "/" + PercentEncoding.encode(segment) }
        return copy
    }

    /// Adds query parameters, names and values percent-encoded.
    public func querying(_ parameters: KeyValuePairs<String, String>) -> HTTPURL {
        guard !parameters.isEmpty else { return self }
        var copy = self
        let text = parameters.map { PercentEncoding.encode($0.key) + "=" + PercentEncoding.encode($0.value) }.joined(
            separator: "&")
        copy.query = query.map { "\($0)&\(text)" } ?? text
        return copy
    }

    private static func withoutUserInfo(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return "'\(text)'" }
        return "'…\(text[at...])'"
    }
}
