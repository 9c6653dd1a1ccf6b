import EFDCore
import Glibc

/// IPv4 sockets of the embedded broker, non-blocking.
enum Sockets {
    /// Listens on `host`, at a free port if `port` is 0. Returns the port.
    static func listen(_ host: String, _ port: UInt16) throws(EFDError) -> (descriptor: Int32, port: UInt16) {
        var address = try self.address(host, port)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 128) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else {
            let reason = errno == EADDRINUSE ? "another program listens there" : String(cString: strerror(errno))
            close(descriptor)
            throw EFDError(
                .brokerAddressTaken, "listening on \(host):\(port): \(reason)",
                remedy: "Give another port with --kafka-listen, or 0 for a free one")
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    /// Starts to connect; -1 if that fails immediately.
    static func connect(_ host: String, _ port: UInt16) -> Int32 {
        guard var address = try? address(host, port) else { return -1 }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_NONBLOCK | O_CLOEXEC, 0)
        sendAtOnce(descriptor)
        let answer = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if answer == 0 || errno == EINPROGRESS { return descriptor }
        close(descriptor)
        return -1
    }

    /// The next pending connection, non-blocking; -1 if there is none.
    static func accept(_ listener: Int32) -> Int32 {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return -1 }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        sendAtOnce(descriptor)
        return descriptor
    }

    /// Requests and answers are small and latency-bound.
    private static func sendAtOnce(_ descriptor: Int32) {
        var yes: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func address(_ host: String, _ port: UInt16) throws(EFDError) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard inet_pton(AF_INET, host == "localhost" ? "127.0.0.1" : host, &address.sin_addr) == 1 else {
            throw EFDError(.brokerAddressInvalid, "\(host) is not an IPv4 address", remedy: "Use 127.0.0.1")
        }
        return address
    }
}
