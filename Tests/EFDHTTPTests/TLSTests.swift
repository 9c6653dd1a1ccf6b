import EFDCore
import EFDHTTP
import EFDTestKit
import Foundation
import Testing

@Suite(.serialized) struct TLSTests {
    /// A self-signed certificate for 127.0.0.1 in its own folder.
    struct Certificate {
        let folder: URL
        var file: String { folder.appendingPathComponent("cert.pem").path }

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("efd-tls-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let arguments = [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=efd test",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder.appendingPathComponent("key.pem").path,
                "-out", file,
            ]
            _ = try ChildProcess.run("openssl", arguments)
        }

        var server: HTTPServerOptions.TLS {
            get throws {
                let key = try String(contentsOf: folder.appendingPathComponent("key.pem"), encoding: .utf8)
                return HTTPServerOptions.TLS(
                    certificate: try String(contentsOf: URL(fileURLWithPath: file), encoding: .utf8), key: key)
            }
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    @Test func onlyATrustedCertificateIsSpokenTo() throws {
        let certificate = try Certificate()
        defer { certificate.remove() }
        let tls = try certificate.server
        let echo = try Echo { $0.tls = tls }
        defer { echo.server.stop() }
        var options = HTTPClientOptions()
        options.tls.authorityFile = certificate.file
        let body = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
        #expect(try HTTPConnection(options).request(.post, echo.url.appending("echo"), body: body).body == body)
        let distrust = #expect(throws: EFDError.self) { try HTTPConnection().request(.get, echo.url.appending("echo")) }
        #expect(distrust?.code == "http.tlsRefused" && distrust?.recovery == .intervene)
        var insecure = HTTPClientOptions()
        insecure.tls.isInsecure = true
        #expect(try HTTPConnection(insecure).request(.get, echo.url.appending("echo")).status == 200)
        options.tls.authorityFile = "/nowhere/ca.pem"
        let missing = #expect(throws: EFDError.self) {
            try HTTPConnection(options).request(.get, echo.url.appending("echo"))
        }
        #expect(missing?.code == "http.tlsRefused")
        #expect(
            RawClient.exchange(port: echo.server.address.port, "GET /echo HTTP/1.0\r\n\r\n").contains("HTTP/") == false)
    }

    @Test func aBadKeyIsRefusedAtStart() {
        var options = HTTPServerOptions()
        options.tls = HTTPServerOptions.TLS(certificate: "no PEM", key: "no PEM")
        let error = #expect(throws: EFDError.self) { try HTTPServer(options) { _ in .text("") } }
        #expect(error?.code == "http.cannotListen")
        #expect(error?.remedy.contains("certificate") == true)
    }
}
