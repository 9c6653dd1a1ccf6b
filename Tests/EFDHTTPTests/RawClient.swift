import Glibc

/// Sends bytes unchanged and reads until the server closes or stops sending: for requests that libcurl would never
/// send.
enum RawClient {
    static func exchange(port: UInt16, _ text: String) -> String {
        guard let descriptor = open(port) else { return "" }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        var out: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while out.count < 1 << 20 {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { break }
            out += chunk[0..<count]
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func canConnect(port: UInt16) -> Bool { open(port).map { close($0) } != nil }

    private static func open(_ port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected == 0 { return descriptor }
        close(descriptor)
        return nil
    }
}
