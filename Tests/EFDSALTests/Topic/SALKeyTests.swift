import EFDSAL
import EFDTestKit
import Testing

@Suite struct SALKeyTests {
    private func key(_ topic: SALTopic, _ index: Int32, _ policy: SALKey.Policy = .instance) -> String {
        var buffer = RecordBuffer(capacity: 1)
        SALKey(topic, policy: policy).append(index: index, to: &buffer)
        return String(decoding: buffer.bytes, as: UTF8.self)
    }

    @Test(
        arguments: [
            (0, "Demo:0"), (1, "Demo:1"), (10, "Demo:10"), (101, "Demo:101"), (-7, "Demo:-7"),
            (.max, "Demo:2147483647"), (.min, "Demo:-2147483648"),
        ]
            as [(Int32, String)])
    func instancesOfAnIndexedComponent(index: Int32, expected: String) throws {
        for topic in try SALComponent(parsing: Array(DemoIDL.text.utf8), file: "demo.idl").topics {
            #expect(key(topic, index) == expected)
            #expect(!SALKey(topic).isKeyless)
            #expect(key(topic, index, .none).isEmpty && SALKey(topic, policy: .none).isKeyless)
        }
    }

    @Test func singleInstance() throws {
        let text =
            "module One {"
            + ["levels", "logevent_a", "command_b", "ackcmd"].map { "struct \($0) { double private_sndStamp; };" }
            .joined() + "};"
        let topics = try SALComponent(parsing: Array(text.utf8), file: "one.idl").topics
        #expect(topics.map { key($0, 5) } == ["", "One", "One", "One"])
        #expect(topics.map { SALKey($0).isKeyless } == [true, false, false, false])
    }
}
