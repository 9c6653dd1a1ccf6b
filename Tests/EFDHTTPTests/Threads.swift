import EFDCore
import Glibc

/// Runs `body` on `count` threads and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let done = BoundedQueue<Int>(capacity: count)
    for index in 0..<count {
        JoinableThread.detach("test-\(index)") {
            body(index)
            done.push(index)
        }
    }
    for _ in 0..<count { _ = done.pop() }
}

/// The far ends of the established TCP connections to a loopback port, as the kernel lists them.
func peers(of port: UInt16) -> [String] {
    let local = String(port, radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - local.count) + local
    guard let bytes = try? Files.read("/proc/net/tcp") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
        let columns = line.split(separator: " ")
        return columns.count > 3 && columns[1].hasSuffix(suffix) && columns[3] == "01" ? String(columns[2]) : nil
    }
}
