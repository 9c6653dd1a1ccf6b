import EFDAvro
import EFDCore
import EFDSink

@main
struct Main {
    static func main() { run() }
}

/// Outside `Main`, whose `main` belongs to the main actor and would pass that on to every closure.
private func run() -> Never {
    SinkProgram.run(
        SinkPlugin(
            name: "json-sink", summary: "Prints the records of Kafka topics, one JSON object per line.", sections: [],
            examples: [#"json-sink --topic-regex 'lsst\.sal\.MTMount\..*' --group-id look | jq .azimuth"#],
            check: { _ in }, make: { _, _, _ in JSONSink() }))
}

/// The smallest sink: docs/adding-a-sink.md explains it line by line.
private struct JSONSink: Sink {
    let name = "stdout"
    let capabilities = SinkCapabilities(rejectsRows: false)
    /// Writers print one batch at a time.
    private let output = Locked<Void>(())

    func open(_ log: Log) {}
    func makeWriter(_ index: Int) -> any SinkWriter { JSONWriter(output) }
}

private final class JSONWriter: SinkWriter {
    private let output: Locked<Void>
    init(_ output: Locked<Void>) { self.output = output }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        let text = batches.map { batch in (0..<batch.rowCount).map { line(batch, $0) }.joined() }.joined()
        output.withLock { _ in Program.write(text) }
        return .written([])
    }

    private func line(_ batch: TopicBatch, _ row: Int) -> String {
        var members: JSON.Members = ["topic": .string(batch.topic), "offset": .integer(batch.offsets[row])]
        for (index, column) in batch.columns.columns.enumerated() {
            members[column.name] = value(batch.columns, index, column.kind, row)
        }
        return JSON.object(members).text + "\n"
    }

    private func value(_ columns: ColumnBatch, _ index: Int, _ kind: Column.Kind, _ row: Int) -> JSON {
        let view = columns.view(index)
        guard view.isValid(row) else { return .null }
        guard case .list(let item) = kind else { return value(view, kind, row) }
        let items = columns.itemView(index)
        return .array(view.range(row).map { items.isValid($0) ? value(items, item.kind, $0) : .null })
    }

    private func value(_ view: ColumnView, _ kind: Column.Kind, _ row: Int) -> JSON {
        switch kind {
        case .boolean: .bool(view.boolean(row))
        case .int32: .integer(Int64(view.values(as: Int32.self)[row]))
        case .int64: .integer(view.values(as: Int64.self)[row])
        case .float32: number(Double(view.values(as: Float.self)[row]))
        case .float64: number(view.values(as: Double.self)[row])
        case .string, .binary, .list: .string(view.string(row))
        }
    }

    /// JSON has no NaN and no infinities.
    private func number(_ value: Double) -> JSON { value.isFinite ? .real(value) : .null }
}
