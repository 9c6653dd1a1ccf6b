import EFDCore
import Glibc

/// Serves the control channel: lines from standard input, and from TCP connections if there is a listener.
final class ControlPort {
    private struct Peer {
        let input: Int32
        let output: Int32
        var line: [UInt8] = []
    }

    /// Maximum line; a longer one closes its connection.
    private static let longestLine = 4096

    private let control: BrokerControl
    private let listener: Int32?
    private var peers: [Peer]

    /// Takes ownership of the listening socket.
    init(_ control: BrokerControl, listener: Int32?, readsStandardInput: Bool = true) {
        self.control = control
        self.listener = listener
        peers = readsStandardInput ? [Peer(input: 0, output: 1)] : []
    }

    deinit {
        for peer in peers where peer.input != 0 { close(peer.input) }
        if let listener { close(listener) }
    }

    /// Runs until `stop`, or `quit`. The end of standard input does not end it: a broker may run without one.
    func run(until stop: StopToken) {
        while !stop.isStopped {
            var waits = peers.map { pollfd(fd: $0.input, events: Int16(POLLIN), revents: 0) }
            if let listener { waits.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
            guard poll(&waits, nfds_t(waits.count), 100) > 0 else { continue }
            for index in peers.indices.reversed() where waits[index].revents != 0 {
                if !serve(&peers[index]) {
                    if peers[index].input != 0 { close(peers[index].input) }
                    peers.remove(at: index)
                }
            }
            if let listener, waits.last?.revents != 0 {
                while case let peer = Sockets.accept(listener), peer >= 0 {
                    peers.append(Peer(input: peer, output: peer))
                }
            }
        }
    }

    /// False if the peer has closed.
    private func serve(_ peer: inout Peer) -> Bool {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(peer.input, &bytes, bytes.count)
        guard count > 0 else { return count < 0 && errno == EAGAIN }
        for byte in bytes[..<count] {
            if byte != UInt8(ascii: "\n") {
                peer.line.append(byte)
                continue
            }
            let answer = control.answer(String(decoding: peer.line, as: UTF8.self))
            peer.line = []
            if !answer.isEmpty && !Self.write(answer + "\n", to: peer.output) { return false }
        }
        return peer.line.count <= Self.longestLine
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        // An answer is short: a peer that does not accept it completely is gone.
        return bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count
    }
}
