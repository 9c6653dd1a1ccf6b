import EFDCore
import EFDHTTP

/// Options of a registry client.
public struct RegistryOptions: Sendable {
    /// The registry's addresses, tried in turn; each may have a path, such as `/apis/ccompat/v7`.
    public var urls: [HTTPURL]
    /// Credentials, TLS, time limits, the token that ends waits.
    public var http: HTTPClientOptions
    /// Number of rounds over the whole list before a retriable fault is reported.
    public var attempts = 3
    /// Delay between rounds over the list.
    public var backoff = Backoff(base: 0.25, cap: 10)

    public init(urls: [HTTPURL], http: HTTPClientOptions = HTTPClientOptions()) {
        precondition(!urls.isEmpty, "a registry client needs an address")
        self.urls = urls
        self.http = http
    }

    public init(_ urls: [String], http: HTTPClientOptions = HTTPClientOptions()) throws(EFDError) {
        guard !urls.isEmpty else {
            throw EFDError(
                .registryAddressMissing, "no address of a schema registry is given", remedy: "Set --registry-url.")
        }
        var parsed: [HTTPURL] = []
        for url in urls { parsed.append(try HTTPURL(url)) }
        self.init(urls: parsed, http: http)
    }
}
