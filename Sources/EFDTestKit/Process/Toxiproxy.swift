import EFDCore
import EFDHTTP
import Foundation

/// A TCP proxy that breaks connections on request, from the shared parts. It ends with the test process, however that
/// ends.
public final class Toxiproxy: @unchecked Sendable {
    public static let isAvailable = SharedParts.folder("toxiproxy") != nil
    public static let shared: Result<Toxiproxy, any Error> = Result { try Toxiproxy() }

    private let process: TestProcess
    fileprivate let pages: HTTPURL

    private init() throws {
        guard let folder = SharedParts.folder("toxiproxy") else {
            throw EFDError("testkit.proxyMissing", "there is no part toxiproxy")
        }
        let port = try HTTPServer.freePort()
        pages = try HTTPURL("http://127.0.0.1:\(port)")
        process = try SharedParts.start(
            "\(folder)/toxiproxy-server", ["-host", "127.0.0.1", "-port", String(port), "-seed", "7"])
        let page = pages.appending("version")
        _ = try until(seconds: 30, "toxiproxy does not start:\n\(process.output)") {
            (try? HTTPClient().request(.get, page))?.isSuccess == true ? true : nil
        }
    }

    /// A way to `upstream` (HOST:PORT) of a test's own.
    public func proxy(to upstream: String) throws -> Proxy { try Proxy(self, upstream) }

    public final class Proxy: Sendable {
        public enum Stream: String, Sendable { case upstream, downstream }

        private let url: HTTPURL
        /// Where it listens: HOST:PORT.
        public let address: String

        fileprivate init(_ server: Toxiproxy, _ upstream: String) throws {
            let name = UUID().uuidString
            let answer = try Self.call(
                .post, server.pages.appending("proxies"),
                ["name": .string(name), "listen": "127.0.0.1:0", "upstream": .string(upstream)])
            address = answer["listen"]?.string ?? ""
            url = server.pages.appending("proxies", name)
        }

        /// - Parameter share: of connections that are hit, 0 to 1.
        public func add(
            _ toxic: String, _ stream: Stream = .downstream, share: Double = 1,
            _ attributes: KeyValuePairs<String, Int> = [:]
        ) throws {
            let values = JSON.object(.init(attributes.map { ($0.key, .integer(Int64($0.value))) }))
            _ = try Self.call(
                .post, url.appending("toxics"),
                [
                    "type": .string(toxic), "name": .string(toxic), "stream": .string(stream.rawValue),
                    "toxicity": .real(share), "attributes": values,
                ])
        }

        public func remove(_ toxic: String) throws { _ = try Self.call(.delete, url.appending("toxics", toxic), nil) }

        /// Down: connections are refused, open ones end.
        public func setUp(_ isUp: Bool) throws { _ = try Self.call(.patch, url, ["enabled": .bool(isUp)]) }

        private static func call(_ method: HTTPMethod, _ url: HTTPURL, _ body: JSON?) throws -> JSON {
            let response = try HTTPClient().request(method, url, body: body.map { Array($0.text.utf8) })
            guard response.isSuccess else { throw EFDError("testkit.proxyRefused", "toxiproxy: \(response.text)") }
            return response.body.isEmpty ? .null : try response.json()
        }
    }
}
