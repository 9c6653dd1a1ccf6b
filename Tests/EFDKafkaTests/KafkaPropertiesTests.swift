import EFDCore
import EFDKafka
import Testing

@Suite struct KafkaPropertiesTests {
    @Test(arguments: [
        ("linger.ms=abc", "linger.ms"), ("no.such.property=1", "no.such.property"), ("linger.ms", "KEY=VALUE"),
        ("=5", "KEY=VALUE"),
        ("compression.codec=brotli", "compression.codec"), ("enable.auto.commit=true", "enable.auto.commit"),
        ("auto.offset.reset=middle", "auto.offset.reset"),
        ("linger.ms=-1", "linger.ms"), ("bootstrap.servers=x:1", "bootstrap.servers"), ("", "KEY=VALUE"),
    ])
    func refusesWithTheNameOfTheProperty(text: String, mention: String) {
        let error = #expect(throws: EFDError.self) {
            _ = try KafkaProperties(bootstrapServers: "127.0.0.1:9", properties: [text])
        }
        #expect(error?.description.contains(mention) == true)
    }

    @Test func needsBootstrapServers() {
        #expect(throws: EFDError.self) { _ = try KafkaProperties(bootstrapServers: "") }
    }

    @Test func laterOnesWinAndValuesMayHoldEqualsSigns() throws {
        let properties = try KafkaProperties(
            bootstrapServers: "a:1", properties: ["linger.ms=1", "sasl.username=a=b", "linger.ms=2", "client.rack="])
        #expect(properties["linger.ms"] == "2")
        #expect(properties["sasl.username"] == "a=b")
        #expect(properties["client.rack"] == "")
    }

    @Test(arguments: ["sasl.password", "ssl.key.password", "ssl.keystore.password", "ssl.key.pem"])
    func showsNoSecret(key: String) throws {
        let properties = try KafkaProperties(bootstrapServers: "a:1", properties: ["\(key)=hunter2"])
        #expect(!"\(properties)".contains("hunter2"))
        #expect(properties[key] == "hunter2")
    }

    @Test func aTextWithoutKeyIsNotRepeated() {
        let error = #expect(throws: EFDError.self) {
            _ = try KafkaProperties(bootstrapServers: "a:1", properties: ["hunter2"])
        }
        #expect(error?.description.contains("hunter2") == false)
    }
}
