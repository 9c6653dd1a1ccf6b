import EFDCore
import EFDKafka
import EFDTestKit
import Glibc
import Testing

@testable import EFDTools

@Suite(.serialized) struct BrokerTests {
    /// Commands and how their answers begin, on one cluster of two brokers, in order.
    private static let commands: [(String, String)] = [
        ("topic a 3", "ok"), ("  topic   b   1  ", "ok"), ("", ""),
        ("topic a", "error: \"topic a\": write: topic NAME PARTITIONS"),
        ("topic a 3", "error: embedded broker: creating topic a"),
        ("topic a none", "error: \"topic a none\": none is not a number from 1"),
        ("topic c 0", "error"), ("err Produce 6 2", "ok"), ("err produce -195 1", "ok"), ("err 0 6 1", "ok"),
        ("err Nothing 6 1", "error: \"err Nothing 6 1\": Nothing is not one of produce"), ("clear Produce", "ok"),
        ("terr a 3", "ok"), ("terr a 0", "ok"),
        ("down 1", "ok"), ("up 1", "ok"), ("up 2", "ok"), ("down 3", "error"), ("rtt 1 5", "ok"), ("rtt 1 -5", "error"),
        ("leader a 2 2", "ok"),
        ("leader a 99 1", "error"), ("coord group g 2", "ok"), ("coord pool g 2", "error"), ("help", "topic NAME"),
        ("fly", "error: \"fly\": unknown command"), ("quit now", "error"), ("\u{0}\u{1}", "error"),
        ("up 99999999999999999999", "error"), ("quit", "ok"),
    ]

    @Test func answersCommands() throws {
        let stop = StopToken()
        let control = BrokerControl(cluster: try MockCluster(brokers: 2), stop: stop)
        for (line, answer) in Self.commands {
            #expect(!stop.isStopped)
            let got = control.answer(line)
            #expect(answer.isEmpty ? got.isEmpty : got.hasPrefix(answer), "\(line)")
        }
        #expect(stop.isStopped)
    }

    /// A client begins at the known address, is sent to the brokers, and finds its way back after they were away.
    @Test func clientsBeginAtTheKnownAddress() throws {
        let cluster = try MockCluster(brokers: 2)
        try cluster.createTopic("t", partitions: 1)
        let first = try #require(cluster.bootstrapServers.split(separator: ",").first.flatMap { HostPort(String($0)) })
        try forwarding(to: first) { address in
            let properties = try TestBroker.properties(address)
            let failures = Counter()
            let producer = try KafkaProducer(properties) { reports in
                for report in reports where report.error.isError { failures.add() }
            }
            let topic = try producer.topic("t")
            for index in 0..<100 {
                if index == 50 { for id in Int32(1)...2 { try cluster.setBroker(id, up: false) } }
                #expect(withUnsafeBytes(of: index) { producer.produce(topic, KafkaRecord(value: $0)) } == .queued)
                if index == 50 { for id in Int32(1)...2 { try cluster.setBroker(id, up: true) } }
            }
            #expect(producer.flush(seconds: 30))
            #expect(failures.value == 0)
            let consumer = try KafkaConsumer(properties, group: "g")
            try consumer.assign([PartitionOffset(TopicPartition("t", 0), 0)])
            var got: [Int] = []
            let deadline = MonotonicClock.seconds() + 30
            while got.count < 100, MonotonicClock.seconds() < deadline {
                let batch = try consumer.poll()
                for index in 0..<batch.count { got.append(batch[index].value?.loadUnaligned(as: Int.self) ?? -1) }
            }
            #expect(got == Array(0..<100))
            consumer.close()
            #expect(try KafkaAdmin(properties).createTopics([NewTopic("made on request")]).map(\.result) == [.created])
        }
    }

    /// Bytes arrive completely and in order, however they are split, over several concurrent connections.
    @Test func bytesPassUnchanged() throws {
        let server = try Sockets.listen("127.0.0.1", 0)
        let stop = StopToken()
        let echo = ThreadGroup()
        echo.add(JoinableThread("echo") { Self.echo(server.descriptor, stop) })
        defer {
            stop.stop()
            echo.join()
        }
        try forwarding(to: HostPort(host: "127.0.0.1", port: server.port)) { address in
            let port = try #require(HostPort(address)).port
            var generator = SeededGenerator(seed: 7)
            for size in [1, 70_000, 1_000_000] {
                let sent = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
                #expect(Self.exchange(sent, port) == sent)
            }
        }
    }

    @Test func theControlPortTakesLinesHoweverTheyAreCut() throws {
        let cluster = try MockCluster()
        let listener = try Sockets.listen("127.0.0.1", 0)
        let stop = StopToken()
        let port = ControlPort(
            BrokerControl(cluster: cluster, stop: stop), listener: listener.descriptor, readsStandardInput: false)
        let worker = JoinableThread("control") { port.run(until: stop) }
        let peer = Sockets.connect("127.0.0.1", listener.port)
        defer { close(peer) }
        for piece in ["topi", "c x 1\ntopic", " y 1\nbogus\n", "quit\n"] {
            _ = Array(piece.utf8).withUnsafeBytes { Self.send($0, to: peer) }
            MonotonicClock.sleep(seconds: 0.02)
        }
        worker.join()
        #expect(stop.isStopped)
        var answer = [UInt8](repeating: 0, count: 1000)
        let count = read(peer, &answer, answer.count)
        #expect(
            String(decoding: answer[..<max(0, count)], as: UTF8.self)
                == "ok\nok\nerror: \"bogus\": unknown command; try help\nok\n")
    }

    @Test func aTakenAddressIsNamed() throws {
        let taken = try Sockets.listen("127.0.0.1", 0)
        defer { close(taken.descriptor) }
        let error = #expect(throws: EFDError.self) { _ = try Sockets.listen("127.0.0.1", taken.port) }
        #expect(error?.message.contains("127.0.0.1:\(taken.port)") == true)
        #expect(throws: EFDError.self) { _ = try Sockets.listen("no.such.host", 0) }
    }

    private func forwarding(to target: HostPort, _ body: (String) throws -> Void) throws {
        let entry = try Sockets.listen("127.0.0.1", 0)
        let stop = StopToken()
        let forwarder = ByteForwarder(listener: entry.descriptor, host: target.host, port: target.port)
        let workers = ThreadGroup()
        workers.add(JoinableThread("forwarder") { forwarder.run(until: stop) })
        defer {
            stop.stop()
            workers.join()
        }
        try body("127.0.0.1:\(entry.port)")
    }

    /// Sends everything back, a little at a time.
    private static func echo(_ listener: Int32, _ stop: StopToken) {
        var peers: [Int32] = []
        var bytes = [UInt8](repeating: 0, count: 9973)
        while !stop.isStopped {
            let peer = Sockets.accept(listener)
            if peer >= 0 { peers.append(peer) }
            var moved = 0
            for peer in peers {
                let count = max(0, read(peer, &bytes, bytes.count))
                moved += count
                _ = bytes[..<count].withUnsafeBytes { send($0, to: peer) }
            }
            if moved == 0 { MonotonicClock.sleep(seconds: 0.001) }
        }
        for peer in peers { close(peer) }
        close(listener)
    }

    /// Writes everything to a non-blocking socket, at most for 20 s.
    private static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var sent = 0
        let deadline = MonotonicClock.seconds() + 20
        while sent < bytes.count, MonotonicClock.seconds() < deadline {
            let count = Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            if count > 0 { sent += count } else { MonotonicClock.sleep(seconds: 0.001) }
        }
        return sent == bytes.count
    }

    private static func exchange(_ bytes: [UInt8], _ port: UInt16) -> [UInt8] {
        let peer = Sockets.connect("127.0.0.1", port)
        let sender = JoinableThread("sender") { _ = bytes.withUnsafeBytes { send($0, to: peer) } }
        var got: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        let deadline = MonotonicClock.seconds() + 20
        while got.count < bytes.count, MonotonicClock.seconds() < deadline {
            let count = read(peer, &chunk, chunk.count)
            if count > 0 { got += chunk[..<count] } else { MonotonicClock.sleep(seconds: 0.001) }
        }
        sender.join()
        close(peer)
        return got
    }
}
