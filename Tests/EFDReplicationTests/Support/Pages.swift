import EFDCore
import EFDHTTP

/// A loopback port without a listener.
enum FreePort {
    static func one() throws -> UInt16 {
        let server = try HTTPServer(HTTPServerOptions()) { _ in HTTPResponse(status: 503) }
        defer { server.stop() }
        return server.address.port
    }
}

enum HTTPText {
    static func get(_ url: String) throws -> String { try HTTPClient().request(.get, try HTTPURL(url)).text }
}
