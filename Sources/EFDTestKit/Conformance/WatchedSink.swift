import EFDAvro
import EFDCore
import EFDKafka
import EFDSink

extension SinkPlugin {
    /// The same kind of sink, with a script between it and the runtime.
    func watched(by script: SinkScript, expecting capabilities: SinkCapabilities) -> SinkPlugin {
        SinkPlugin(name: name, summary: summary, sections: sections, check: check) {
            (settings, scope, resources) throws(EFDError) in
            let sink = try make(settings, scope, resources)
            script.watch.begin()
            if sink.capabilities != capabilities {
                script.watch.violated("the sink says that it can \(sink.capabilities), its test \(capabilities)")
            }
            return WatchedSink(sink, script)
        }
    }
}

/// A sink whose calls go through a script, and are checked against the contract.
private final class WatchedSink: Sink {
    private let sink: any Sink
    private let script: SinkScript

    init(_ sink: any Sink, _ script: SinkScript) { (self.sink, self.script) = (sink, script) }

    var name: String { sink.name }
    var capabilities: SinkCapabilities { sink.capabilities }

    func open(_ log: Log) throws(EFDError) {
        if case .fail(let fault) = script.turn(.open) { throw fault.error }
        try sink.open(log)
    }

    func makeWriter(_ index: Int) throws(EFDError) -> any SinkWriter {
        if case .fail(let fault) = script.turn(.makeWriter) { throw fault.error }
        script.watch.madeWriter(index)
        return WatchedWriter(try sink.makeWriter(index), index, sink.capabilities, script)
    }

    func position(of topic: String, _ partition: Int32) throws(EFDError) -> SinkPosition? {
        script.watch.asksPosition(capabilities)
        if case .fail(let fault) = script.turn(.position) { throw fault.error }
        let position = try sink.position(of: topic, partition)
        if let fault = script.afterlife { throw fault.error }
        script.watch.positioned(TopicPartition(topic, partition), position)
        return position
    }
}

private final class WatchedWriter: SinkWriter {
    private let writer: any SinkWriter
    private let index: Int
    private let capabilities: SinkCapabilities
    private let script: SinkScript
    private var watch: WriterWatch

    init(_ writer: any SinkWriter, _ index: Int, _ capabilities: SinkCapabilities, _ script: SinkScript) {
        self.writer = writer
        self.index = index
        self.capabilities = capabilities
        self.script = script
        watch = WriterWatch(index, capabilities, script.watch)
    }

    func prepare(topic: String, schemaID: Int32, plan: AvroPlan) -> PrepareOutcome {
        switch script.turn(.prepare) {
        case .fail(let fault): return .failed(fault.error, retryAfter: fault.retryAfter)
        case .fence, .forward: break
        }
        if let reason = script.refusal(ofTopic: topic) { return .refused(reason) }
        let outcome = writer.prepare(topic: topic, schemaID: schemaID, plan: plan)
        if case .prepared = outcome { watch.prepared(topic, schemaID) }
        return outcome
    }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        watch.willWrite(batches)
        script.pass(writer: index)
        let outcome = outcome(of: batches)
        watch.didWrite(batches, outcome)
        if case .written = outcome { script.accepted(batches.reduce(0) { $0 + $1.rowCount }) }
        return outcome
    }

    private func outcome(of batches: [TopicBatch]) -> WriteOutcome {
        switch script.turn(.write) {
        case .fail(let fault): return .failed(fault.error, retryAfter: fault.retryAfter)
        case .fence(let error): return .fenced(error)
        case .forward: break
        }
        let refusals = script.refusals(of: batches)
        if !refusals.isEmpty { return .refused(refusals) }
        let outcome = writer.write(batches)
        if let fault = script.afterlife { return .failed(fault.error) }
        return outcome
    }

    func flush(all: Bool) -> FlushOutcome {
        watch.willFlush()
        // Called also when nothing came yet, which is not a time to fail.
        if script.acceptedRows == 0 { return writer.flush(all: all) }
        if !all, script.holdsFlush {
            _ = script.turn(.flush)
            return .flushed
        }
        switch script.turn(.flush) {
        case .fail(let fault): return .failed(fault.error, retryAfter: fault.retryAfter)
        case .fence(let error):
            watch.wasFenced()
            return .fenced(error)
        case .forward: break
        }
        let outcome = writer.flush(all: all)
        if let fault = script.afterlife { return .failed(fault.error) }
        if case .fenced = outcome { watch.wasFenced() }
        return outcome
    }

    func oldestBufferedOffset(of topic: String, _ partition: Int32) -> Int64? {
        watch.willAskForBuffered()
        return writer.oldestBufferedOffset(of: topic, partition)
    }

    func discard(_ topic: String, _ partition: Int32) {
        watch.discarded(TopicPartition(topic, partition))
        // A dead process leaves the sink's memory behind; it changes nothing any more.
        if !script.isDead { writer.discard(topic, partition) }
    }
}
