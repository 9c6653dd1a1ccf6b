import EFDCore
import EFDKafka
import EFDTestKit
import Foundation
import Testing

@testable import EFDTools

/// Dead letters of a real Kafka Connect worker.
@Suite(.enabled(if: TestBroker.isRealWanted, "Kafka Connect needs a real Kafka"))
struct ConnectLettersTests {
    private let topics: LetterTopics
    private let source: String
    private let folder: URL

    init() throws {
        topics = try LetterTopics()
        source = try topics.makeTopic("test.connect")
        folder = FileManager.default.temporaryDirectory.appending(path: TestBroker.uniqueName("efd-connect"))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// A worker with one sink that prints JSON into a file; what is not JSON is a dead letter.
    private func startWorker() throws -> TestProcess {
        let package = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let answer = try ChildProcess.run("\(package)/scripts/kafka", ["home"])
        let home = try #require(answer.split(separator: "\n").last.map(String.init))
        let plugins = try FileManager.default.contentsOfDirectory(atPath: "\(home)/libs").filter {
            $0.hasPrefix("connect-file-")
        }
        let listener = try Sockets.listen("127.0.0.1", 0)
        close(listener.descriptor)
        let worker = """
            bootstrap.servers=\(topics.broker.bootstrapServers)
            listeners=http://127.0.0.1:\(listener.port)
            key.converter=org.apache.kafka.connect.storage.StringConverter
            value.converter=org.apache.kafka.connect.json.JsonConverter
            value.converter.schemas.enable=false
            offset.storage.file.filename=\(folder.path)/offsets
            plugin.path=\(home)/libs/\(plugins.first ?? "")
            """
        let connector = """
            name=orders
            connector.class=org.apache.kafka.connect.file.FileStreamSinkConnector
            topics=\(source)
            file=\(folder.path)/stored
            errors.tolerance=all
            errors.deadletterqueue.topic.name=\(topics.letters)
            errors.deadletterqueue.topic.replication.factor=1
            errors.deadletterqueue.context.headers.enable=true
            """
        for (name, text) in [("worker", worker), ("connector", connector)] {
            try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        return try TestProcess(
            "\(home)/bin/connect-standalone.sh", ["worker", "connector"].map { "\(folder.path)/\($0)" },
            environment: ["KAFKA_HEAP_OPTS": "-Xmx256m", "LOG_DIR": folder.path])
    }

    private func waitForLetters(_ count: Int, _ worker: TestProcess) throws -> LetterCounts {
        try until(seconds: 90, "there are no \(count) letters:\n\(worker.output.suffix(3000))") {
            let counts = try topics.list()
            return LetterCounts.total(counts.topics[topics.letters] ?? [:]).letters >= count ? counts : nil
        }
    }

    @Test(.timeLimit(.minutes(4))) func theyAreCountedReplayedAndKeepTheirHistory() throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        try topics.write((0..<5).map { TestLetter(value: Array("not json \($0)".utf8)) }, to: source)
        let worker = try startWorker()
        defer { worker.kill() }
        let counts = LetterCounts.sorted(try waitForLetters(5, worker).topics[topics.letters] ?? [:])
        #expect(
            counts.map(\.key) == [
                LetterCounts.Key(
                    cause: "org.apache.kafka.connect.errors.DataException", source: source, sender: "orders")
            ])
        #expect(counts.first?.count.letters == 5)

        let sink = try topics.replay("--dry-run")
        #expect(sink.leftCount == 5 && sink.left.keys.contains(.groupUnknown))
        #expect(try topics.replay("--to", "source").replayedCount == 5)
        // They fail again, and Kafka Connect keeps the headers of a record in its letter.
        _ = try waitForLetters(10, worker)
        let letters = try topics.records(of: topics.letters, expecting: 10)
        let again = letters.filter { $0.header(DeadLetterHeaders.replayCount) == "1" }
        #expect(again.map(\.text).sorted() == (0..<5).map { "not json \($0)" })
        let history = try JSON.parse(try #require(again.first?.headers(DeadLetterHeaders.replayHistory).first))
        #expect(history["group"]?.string == "orders")
        #expect(history["message"]?.string?.contains("Converting byte[] to Kafka Connect data failed") == true)
        #expect(try topics.replay("--to", "source", "--offsets", "0/0-4").before == 5)
    }
}
