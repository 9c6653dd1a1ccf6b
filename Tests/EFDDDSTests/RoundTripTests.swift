import EFDCore
import EFDDDS
import EFDSAL
import Glibc
import Testing

/// Domains apart from those of other processes on this machine.
func testDomain(_ offset: Int) -> Int { (Int(getpid()) * 7 + offset) % 200 + 20 }

@Suite(.serialized) struct RoundTripTests {
    private let definition = IDLStruct(
        name: "reading_00000000", description: nil,
        fields: [
            IDLField(name: "salIndex", type: .int32, arrayLength: nil, units: nil, description: nil),
            IDLField(name: "private_sndStamp", type: .double, arrayLength: nil, units: nil, description: nil),
        ], keys: ["salIndex"])

    private func sample(_ index: Int32, _ stamp: Double) -> [UInt8] {
        [0, 1, 0, 0] + withUnsafeBytes(of: index.littleEndian) { Array($0) } + [0, 0, 0, 0] + withUnsafeBytes(of: stamp.bitPattern.littleEndian) { Array($0) }
    }

    @Test func samplesArriveAsTheyWereWritten() throws {
        let participant = try DDSParticipant(domainID: testDomain(1))
        let readers = try DDSReaderSet(participant)
        try readers.add(definition, module: "Probe", topicName: "Probe_reading", partition: "t.Probe.data", qos: DDSQoS(historyDepth: 5000))
        let writer = try DDSWriter(
            participant, definition, module: "Probe", topicName: "Probe_reading", partition: "t.Probe.data", qos: DDSQoS(historyDepth: 5000))
        let stop = StopToken()
        let count = 3000
        for number in 0..<count { try sample(Int32(number % 3), Double(number)).withUnsafeBytes { try writer.write($0, timestamp: 1_000_000 + Int64(number)) } }
        var received: [(UInt8, Int64, [UInt8])] = []
        let deadline = Worker("deadline") {
            stop.wait(seconds: 20)
            stop.stop()
        }
        try readers.run(until: stop) { _, batch in
            for index in 0..<batch.count where batch[index].hasData {
                received.append((batch[index].cdr[1], batch[index].sourceTimestamp, Array(batch[index].cdr)))
            }
            if received.count >= count { stop.stop() }
        }
        deadline.join()
        #expect(received.count == count)
        let sorted = received.sorted { $0.1 < $1.1 }
        #expect(sorted.enumerated().allSatisfy { number, entry in Array(entry.2.prefix(20)) == sample(Int32(number % 3), Double(number)) })
    }
}
