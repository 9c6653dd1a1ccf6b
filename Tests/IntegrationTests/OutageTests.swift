import EFDCore
import EFDHTTP
import EFDKafka
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// Parts that are away for a while, and records that a part will not take.
    @Suite(.serialized) struct OutageTests {
        @Test func aKafkaThatComesLaterIsWaitedFor() throws {
            let flow = try Flow(broker: "127.0.0.1:\(try freePort())", isReal: false)
            try flow.writeSmallComponent("LateKafka")
            let producer = try flow.producer(["LateKafka"])
            let sink = try flow.sink(#"lsst\.sal\.LateKafka\..*"#)
            for program in [producer, sink] {
                let page = try until(seconds: 30, program.output) {
                    try program.refusalOfReadiness(naming: flow.broker)
                }
                #expect(page.contains("kafka"))
            }
            let broker = try TestProcess("efd", ["broker", "--kafka-listen", flow.broker, "--log-format", "json"])
            try producer.waitUntilReady()
            try sink.waitUntilReady()
            #expect(
                try flow.simulate(["LateKafka"], ["--rate", "100", "--event-rate", "0", "--count", "100"]).wait(
                    seconds: 60) == 0)
            let sent = try flow.sent()
            #expect(flow.waitForAll(sent) == sent)
            for program in [producer, sink, broker] { #expect(program.stop() == 0, "\(program.output)") }
        }

        /// Two registries read one topic: the producer's stays up, the sink's is away when the schema is first needed.
        @Test func aRegistryThatIsAwayHoldsTheSinkAndLosesNothing() throws {
            let topic = TestBroker.uniqueName("_schemas-away")
            let broker = try TestBroker.shared().bootstrapServers
            let near = try TestRegistry(bootstrapServers: broker, topic: topic)
            defer { near.stop() }
            let port = UInt16(try freePort())
            let far = try TestRegistry(bootstrapServers: broker, topic: topic, port: port)
            let sending = try Flow(registry: near.url)
            let flow = try Flow(registry: far.url)
            try sending.writeSmallComponent("Registry")
            let producer = try sending.producer(["Registry"])
            let sink = try flow.sink(#"lsst\.sal\.Registry\..*"#)
            try producer.waitUntilReady()
            _ = try sink.address()
            far.stop()
            #expect(
                try sending.simulate(["Registry"], ["--rate", "100", "--event-rate", "10", "--count", "100"]).wait(
                    seconds: 60) == 0)
            let page = try until(seconds: 30, sink.output) { try sink.refusalOfReadiness(naming: "127.0.0.1:\(port)") }
            #expect(page.contains("registry"))
            let again = try TestRegistry(bootstrapServers: broker, topic: topic, port: port)
            defer { again.stop() }
            let sent = try sending.sent()
            #expect(flow.waitForAll(sent) == sent)
            #expect(try sink.metrics().sum("efd_records_rejected_total") == 0)
            for program in [producer, sink] { #expect(program.stop() == 0, "\(program.output)") }
        }

        @Test(arguments: [true, false])
        func aRecordTooLargeForKafkaIsKeptAsItCame(withSpool: Bool) throws {
            let flow = try Flow()
            let component = withSpool ? "LargeSpooled" : "Large"
            try flow.write(
                idl: """
                    module \(component) {
                    struct image_00000001 {
                      double private_sndStamp; //private
                      long private_seqNum; //private
                      long private_origin; //private
                      double pixels[400];
                    };
                    #pragma keylist image_00000001
                    struct small_00000002 {
                      double private_sndStamp; //private
                      long private_seqNum; //private
                      long private_origin; //private
                      double value;
                    };
                    #pragma keylist small_00000002
                    };

                    """, component: component)
            let letters = "dead-\(flow.database)"
            let spool = withSpool ? ["--spool-dir", flow.folder.appending(path: "spool").path] : []
            let producer = try flow.producer(
                [component], ["--kafka-property", "message.max.bytes=1000", "--dead-letter-topic", letters] + spool)
            try producer.waitUntilReady()
            #expect(try flow.simulate([component], ["--rate", "20", "--count", "10"]).wait(seconds: 60) == 0)
            let kept = try flow.records(of: letters, atLeast: 10)
            #expect(kept.count == 10)
            for record in kept {
                #expect(record.value.map { $0.count > 3200 } == true)
                #expect(record.headers["__connect.errors.topic"] == "lsst.sal.\(component).image")
                #expect(record.headers["__connect.errors.exception.class.name"] == "producer.recordRefused")
            }
            #expect(try flow.records(of: "lsst.sal.\(component).small", atLeast: 10).count == 10, "the others continue")
            _ = try until(seconds: 10, producer.output) {
                try producer.metrics().sum("efd_samples_rejected_total") == 10 ? true : nil
            }
            #expect(try producer.metrics().sum("efd_records_undelivered_total") == 0)
            #expect(producer.stop() == 0, "\(producer.output)")
        }
    }
}

extension TestProcess {
    /// The text of `/readyz` while it says no and names `part`; nil otherwise.
    fileprivate func refusalOfReadiness(naming part: String) throws -> String? {
        guard let page = try? HTTPClient().request(.get, try HTTPURL(try address()).appending("readyz")),
            page.status == 503
        else { return nil }
        return page.text.contains(part) ? page.text : nil
    }
}
