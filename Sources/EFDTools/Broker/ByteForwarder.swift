import EFDCore
import Glibc

/// Gives the mock cluster's first broker, whose port the kernel chose, a fixed address: forwards bytes in both
/// directions.
///
/// Clients only bootstrap here: the cluster's metadata then directs them to the brokers themselves.
final class ByteForwarder {
    private static let chunk = 64 * 1024

    /// Bytes between the two sockets.
    private struct Direction {
        var bytes = [UInt8](repeating: 0, count: ByteForwarder.chunk)
        var pending = 0..<0
        var isEnded = false
    }

    private struct Link {
        let client: Int32
        let broker: Int32
        var up = Direction()
        var down = Direction()
    }

    private let listener: Int32
    private let host: String
    private let port: UInt16
    private var links: [Link] = []

    /// Takes ownership of the listening socket; forwards to `host`:`port`.
    init(listener: Int32, host: String, port: UInt16) { (self.listener, self.host, self.port) = (listener, host, port) }

    deinit {
        for link in links { drop(link) }
        close(listener)
    }

    /// Runs until `stop`.
    func run(until stop: StopToken) {
        while !stop.isStopped {
            var waits = [pollfd(fd: listener, events: Int16(POLLIN), revents: 0)]
            for link in links {
                waits.append(
                    pollfd(fd: link.client, events: Self.events(reading: link.up, writing: link.down), revents: 0))
                waits.append(
                    pollfd(fd: link.broker, events: Self.events(reading: link.down, writing: link.up), revents: 0))
            }
            // Short, so that a stop is noticed: the channel only serves bootstrapping.
            guard poll(&waits, nfds_t(waits.count), 100) > 0 else { continue }
            for index in links.indices.reversed() {
                let isOpen =
                    Self.move(&links[index].up, from: waits[1 + 2 * index], to: waits[2 + 2 * index])
                    && Self.move(&links[index].down, from: waits[2 + 2 * index], to: waits[1 + 2 * index])
                if !isOpen { drop(links.remove(at: index)) }
            }
            if waits[0].revents != 0 { admit() }
        }
    }

    private static func events(reading: Direction, writing: Direction) -> Int16 {
        Int16((reading.pending.isEmpty && !reading.isEnded ? POLLIN : 0) | (writing.pending.isEmpty ? 0 : POLLOUT))
    }

    private func admit() {
        while case let client = Sockets.accept(listener), client >= 0 {
            let broker = Sockets.connect(host, port)
            if broker < 0 { close(client) } else { links.append(Link(client: client, broker: broker)) }
        }
    }

    /// Transfers without blocking. False if the link is at its end.
    private static func move(_ direction: inout Direction, from source: pollfd, to target: pollfd) -> Bool {
        if direction.pending.isEmpty, source.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
            let count = read(source.fd, &direction.bytes, chunk)
            if count > 0 {
                direction.pending = 0..<count
            } else if count == 0 || errno != EAGAIN {
                direction.isEnded = true
            }
        }
        while !direction.pending.isEmpty {
            let count = direction.bytes[direction.pending].withUnsafeBytes {
                send(target.fd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0 { return errno == EAGAIN || errno == ENOTCONN }
            direction.pending = direction.pending.dropFirst(count)
        }
        return !direction.isEnded
    }

    private func drop(_ link: Link) {
        close(link.client)
        close(link.broker)
    }
}
