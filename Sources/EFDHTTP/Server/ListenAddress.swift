import EFDCore
import Glibc

/// The socket address of a host name or number and a port.
struct ListenAddress {
    private let bytes: [UInt8]
    let isIPv6: Bool

    init(_ address: HostPort) throws(EFDError) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, String(address.port), &hints, &found)
        guard code == 0, let found else {
            throw EFDError(
                .httpAddressUnknown, "cannot listen on \(address): \(String(cString: gai_strerror(code)))",
                remedy: "Give an address of this machine, such as 127.0.0.1 or 0.0.0.0.")
        }
        defer { freeaddrinfo(found) }
        bytes = Array(UnsafeRawBufferPointer(start: found.pointee.ai_addr, count: Int(found.pointee.ai_addrlen)))
        isIPv6 = found.pointee.ai_family == AF_INET6
    }

    /// A copy on the heap, aligned for any `sockaddr`; the caller deallocates it.
    func allocate() -> UnsafeMutableRawPointer {
        let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
        copy.copyMemory(from: bytes, byteCount: bytes.count)
        return copy
    }
}
