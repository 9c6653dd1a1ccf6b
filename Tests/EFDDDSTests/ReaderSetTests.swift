import EFDCore
import EFDDDS
import EFDSAL
import Testing

/// How many readers are served by one thread.
@Suite(.serialized) struct ReaderSetTests {
    private let participant: DDSParticipant
    private let partition = testPartition("Many")

    init() throws { participant = try DDSParticipant(domainID: testDomain(1)) }

    private func definition(_ name: String) -> IDLStruct {
        IDLStruct("\(name)_00000001", keys: ["salIndex"], [IDLField("salIndex", .int32), IDLField("number", .int32)])
    }

    private func add(_ definition: IDLStruct, to readers: DDSReaderSet, _ qos: DDSQoS = DDSQoS(historyDepth: 100_000))
        throws -> Int
    {
        try readers.add(
            definition, module: "Many", topicName: "Many_\(definition.name)", partition: partition, qos: qos)
    }

    private func writer(_ definition: IDLStruct, _ qos: DDSQoS = DDSQoS()) throws -> DDSWriter {
        try DDSWriter(
            participant, definition, module: "Many", topicName: "Many_\(definition.name)", partition: partition,
            qos: qos)
    }

    private func sample(_ definition: IDLStruct, _ number: Int, index: Int = 0) throws -> [UInt8] {
        try definition.cdr([.integer(Int64(index)), .integer(Int64(number))])
    }

    /// DDS signals new data once: a reader with more than one take's samples is drained.
    @Test func whatWaitedIsTakenWhole() throws {
        let readers = try DDSReaderSet(participant)
        let deep = definition("deep")
        _ = try add(deep, to: readers)
        let writer = try writer(deep)
        // Many turns and a rest; all of it there before the set is served, then silence.
        let count = DDSReaderSet.batchLimit * 40 + 17
        for number in 0..<count { try writer.write(try sample(deep, number)) }
        let received = try collect(readers, count: count)
        #expect(try received.map(\.cdr) == (0..<count).map { try sample(deep, $0) })
    }

    /// A topic with a flood does not block the others.
    @Test func everyReaderGetsItsTurn() throws {
        let readers = try DDSReaderSet(participant)
        let (flood, trickle) = (definition("flood"), definition("trickle"))
        let first = try add(flood, to: readers)
        let second = try add(trickle, to: readers)
        let (floodWriter, trickleWriter) = (try writer(flood), try writer(trickle))
        let count = DDSReaderSet.batchLimit * 100
        for number in 0..<count { try floodWriter.write(try sample(flood, number)) }
        try trickleWriter.write(try sample(trickle, 0))
        let received = try collect(readers, count: count + 1)
        #expect(received.count == count + 1)
        let turn = try #require(received.firstIndex { $0.reader == second })
        #expect(turn < count / 2)
        #expect(received.filter { $0.reader == first }.count == count)
    }

    @Test(.timeLimit(.minutes(1))) func aStopEndsTheWait() throws {
        let readers = try DDSReaderSet(participant)
        _ = try add(definition("silent"), to: readers)
        for _ in 0..<3 {
            let stop = StopToken()
            let ended = Locked(false)
            let worker = JoinableThread("readers") {
                try? readers.run(until: stop) { _, _ in }
                ended.withLock { $0 = true }
            }
            MonotonicClock.sleep(seconds: 0.05)
            #expect(!ended.withLock { $0 })
            stop.stop()
            worker.join()
            #expect(ended.withLock { $0 })
        }
        let stopped = StopToken()
        stopped.stop()
        try readers.run(until: stopped) { _, _ in Issue.record("a stopped set takes nothing") }
    }

    @Test func aStopEndsADrainAndLosesNothing() throws {
        let readers = try DDSReaderSet(participant)
        let deep = definition("stopped")
        _ = try add(deep, to: readers)
        let writer = try writer(deep)
        let count = DDSReaderSet.batchLimit * 30
        for number in 0..<count { try writer.write(try sample(deep, number)) }
        let stop = StopToken()
        var taken = 0
        try readers.run(until: stop) { _, batch in
            taken += batch.count
            stop.stop()
        }
        #expect(taken == DDSReaderSet.batchLimit)
        // The rest is delivered to the next call of `serve`, though nothing new arrives.
        let rest = try collect(readers, count: count - taken)
        #expect(rest.first?.cdr == (try sample(deep, taken)))
        #expect(rest.count == count - taken)
    }

    @Test func aTokenThatOutlivesTheSetStops() throws {
        let stop = StopToken()
        do {
            let readers = try DDSReaderSet(try DDSParticipant(domainID: testDomain(2)))
            let worker = JoinableThread("stopper") { [stop] in stop.wait(seconds: 0.05) }
            worker.join()
            let inner = StopToken()
            stop.onStop { inner.stop() }
            inner.stop()
            try readers.run(until: inner) { _, _ in }
        }
        stop.stop()
        #expect(stop.isStopped)
    }

    /// Samples from before the reader was created arrive without a new signal.
    @Test func readersComeWhileTheSetIsServed() throws {
        let kept = DDSQoS(durability: .transientLocal, historyDepth: 100)
        let readers = try DDSReaderSet(participant)
        let early = definition("early")
        _ = try add(early, to: readers)
        let earlyWriter = try writer(early)
        let late = (0..<50).map { definition("late\($0)") }
        let received = try collect(
            readers, until: { Set($0.filter(\.hasData).map(\.reader)).count == 51 },
            meanwhile: {
                try earlyWriter.write(try sample(early, 0))
                for (number, definition) in late.enumerated() {
                    let writer = try writer(definition, kept)
                    if number % 2 == 0 { try writer.write(try sample(definition, number)) }
                    let index = try add(definition, to: readers, kept)
                    #expect(index == number + 1)
                    if number % 2 == 1 { try writer.write(try sample(definition, number)) }
                    #expect(writer.waitForAcknowledgements(seconds: 30))
                }
            })
        #expect(Set(received.filter(\.hasData).map(\.reader)) == Set(0...late.count))
    }

    /// A writer's history for late-joining readers arrives without a new signal.
    @Test func aLateReaderGetsWhatIsKept() throws {
        let kept = DDSQoS(durability: .transientLocal, historyDepth: 100)
        for number in 0..<20 {
            let definition = definition("kept\(number)")
            let writer = try writer(definition, kept)
            for number in 0..<10 { try writer.write(try sample(definition, number)) }
            let readers = try DDSReaderSet(participant)
            _ = try add(definition, to: readers, kept)
            #expect(
                try collect(readers, count: 10).filter(\.hasData).map(\.cdr)
                    == (0..<10).map { try sample(definition, $0) })
        }
        let definition = definition("volatile")
        let writer = try writer(definition, kept)
        try writer.write(try sample(definition, 1))
        let readers = try DDSReaderSet(participant)
        _ = try add(definition, to: readers, DDSQoS(durability: .volatile))
        let received = try collect(readers, count: 1) { try writer.write(try sample(definition, 2)) }
        #expect(received.map(\.cdr) == [try sample(definition, 2)])
    }

    /// Beyond the history depth the oldest are overwritten: bounded memory, a gap that numbers show.
    @Test func aReaderKeepsAsManyAsItsDepth() throws {
        let readers = try DDSReaderSet(participant)
        let shallow = definition("shallow")
        _ = try add(shallow, to: readers, DDSQoS(historyDepth: 100))
        let writer = try writer(shallow)
        for number in 0..<1000 { try writer.write(try sample(shallow, number, index: number % 2)) }
        let received = try collect(readers, count: 200)
        #expect(Set(received.map(\.cdr)) == Set(try (800..<1000).map { try sample(shallow, $0, index: $0 % 2) }))
    }

    @Test func thousandsOfTopicsInOneSet() throws {
        let readers = try DDSReaderSet(participant)
        let definitions = (0..<2000).map { definition("topic\($0)") }
        for definition in definitions { _ = try add(definition, to: readers, DDSQoS()) }
        #expect(readers.matchedWriters() == Array(repeating: 0, count: 2000))
        let written = stride(from: 0, to: 2000, by: 7).map { $0 }
        let writers = try written.map { try writer(definitions[$0]) }
        let received = try collect(readers, count: written.count) {
            for (writer, number) in zip(writers, written) { try writer.write(try sample(definitions[number], number)) }
        }
        #expect(received.map(\.reader).sorted() == written)
        #expect(try received.allSatisfy { $0.cdr == (try sample(definitions[$0.reader], $0.reader)) })
        #expect(readers.matchedWriters().reduce(0, +) == written.count)
    }
}
