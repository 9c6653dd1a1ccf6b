import EFDCore
import EFDHTTP
import EFDTestKit
import Glibc

/// A server that answers the first request with bytes of the test's choice, and hangs up.
final class RawServer: Sendable {
    let url: HTTPURL
    private let listener: Int32

    init(answering answer: [UInt8]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { place in
            place.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 8) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isOpen else { throw EFDError("test.serverFailed", "errno \(errno)") }
        self.listener = listener
        url = try HTTPURL("http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))/x")
        JoinableThread.detach("raw-server") {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var request = [UInt8](repeating: 0, count: 1 << 16)
            _ = recv(connection, &request, request.count, 0)
            _ = send(connection, answer, answer.count, Int32(MSG_NOSIGNAL))
            close(connection)
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}
