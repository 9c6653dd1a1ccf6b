import EFDAvro
import EFDCore
import EFDHTTP
import EFDSink

/// Writes batches as line protocol over one keep-alive connection. Not thread-safe; owned by one thread.
final class InfluxWriter: SinkWriter {
    private struct PlanKey: Hashable {
        let topic: String
        let schemaID: Int32
    }

    private let target: InfluxTarget
    private let options: LineOptions
    private let retention: Double?
    private let log: Log
    private let metrics: InfluxMetrics
    private let connection: HTTPConnection
    private let writeURL: HTTPURL
    private var plans: [PlanKey: LinePlan] = [:]
    private var lines = LineBatch(capacity: 1 << 20)
    private var selected = LineBuffer(capacity: 1 << 12)
    private var faults: [(row: Int, fault: RowFault)] = []
    /// Lowered if the server accepts less.
    private var requestSize: Int

    /// `retention`: seconds after which the server drops points, if known.
    init(
        _ target: InfluxTarget, _ options: LineOptions, requestSize: Int, retention: Double?, metrics: InfluxMetrics,
        log: Log
    ) {
        self.target = target
        self.options = options
        self.requestSize = requestSize
        self.retention = retention
        self.metrics = metrics
        self.log = log
        connection = HTTPConnection(target.httpOptions)
        writeURL = target.writeURL
    }

    func write(_ batches: [TopicBatch]) -> WriteOutcome {
        var rejections: [Rejection] = []
        lines.removeAll()
        for (index, batch) in batches.enumerated() {
            let encoder = LineEncoder(plan(for: batch), batch.columns, recordTimes: batch.timestamps)
            var row = 0
            while row < batch.rowCount {
                row = lines.append(
                    encoder, rows: batch.rowCount, from: row, batch: index, limit: requestSize, faults: &faults)
                reject(&rejections, batch, index)
                if row < batch.rowCount || 2 * lines.byteCount > requestSize {
                    if let failure = send(&rejections) { return failure }
                }
            }
        }
        if let failure = send(&rejections) { return failure }
        return .written(rejections)
    }

    private func plan(for batch: TopicBatch) -> LinePlan {
        let key = PlanKey(topic: batch.topic, schemaID: batch.schemaID)
        if let plan = plans[key] { return plan }
        let plan = LinePlan(topic: batch.topic, columns: batch.columns.columns, options: options)
        plans[key] = plan
        for note in plan.notes {
            log.warning("a topic is stored with differences", ["topic": .text(batch.topic), "note": .text(note)])
        }
        return plan
    }

    /// Moves the faults of a batch's rows to the rejections.
    private func reject(_ rejections: inout [Rejection], _ batch: TopicBatch, _ index: Int) {
        for (row, fault) in faults {
            rejections.append(Rejection(batch: index, row: row, reason: fault.error(topic: batch.topic)))
        }
        faults.removeAll(keepingCapacity: true)
    }

    /// Sends the collected lines until each is stored or rejected; `.failed` if the outcome of some is unknown.
    private func send(_ rejections: inout [Rejection]) -> WriteOutcome? {
        defer { lines.removeAll() }
        if lines.isEmpty { return nil }
        let answer = post(lines.buffer.bytes)
        if case .stored = answer { return nil }
        var isolation = LineIsolation(retention: retention, now: WallClock.nanoseconds())
        let failure = isolation.run(lines, after: answer) { batch, part in post(batch, part) }
        metrics.repeated.add(isolation.requests)
        if case .failed(let error, let retryAfter) = failure { return .failed(error, retryAfter: retryAfter) }
        for (line, reason) in isolation.refused {
            let origin = lines.lines[line]
            rejections.append(Rejection(batch: Int(origin.batch), row: Int(origin.row), reason: reason))
        }
        return nil
    }

    private func post(_ batch: borrowing LineBatch, _ part: ArraySlice<Int>) -> WriteVerdict {
        guard let first = part.first, let last = part.last else { return .stored }
        if last - first + 1 == part.count {
            return post(
                UnsafeBufferPointer(rebasing: batch.buffer.bytes[batch.lines[first].start..<batch.lines[last].end]))
        }
        selected.count = 0
        for index in part {
            let line = batch.lines[index]
            selected.append(UnsafeBufferPointer(rebasing: batch.buffer.bytes[line.start..<line.end]))
        }
        return post(selected.bytes)
    }

    private func post(_ body: UnsafeBufferPointer<UInt8>) -> WriteVerdict {
        metrics.requests.add()
        metrics.bytes.add(body.count)
        do throws(EFDError) {
            let answer = try connection.request(
                .post, writeURL, headers: ["Content-Type": "text/plain; charset=utf-8"],
                body: UnsafeRawBufferPointer(body))
            if answer.status == 204 { return .stored }
            let verdict = WriteAnswer.verdict(
                status: answer.status, body: answer.text, retryAfter: answer.headers["Retry-After"])
            if case .tooLarge = verdict { requestSize = max(4096, min(requestSize, body.count / 2)) }
            return verdict
        } catch {
            return .failed(error, retryAfter: nil)
        }
    }
}

extension RowFault {
    /// The reason for the dead letter.
    func error(topic: String) -> EFDError {
        switch self {
        case .noFields:
            EFDError(
                .influxPointEmpty,
                "every field of a record of \(topic) is null, NaN or infinite: InfluxDB has no points without fields",
                recovery: .reject)
        case .noTime:
            EFDError(.influxTimestampMissing, "a record of \(topic) has no time for its point", recovery: .reject)
        case .timeOutOfRange(let value):
            EFDError(
                .influxTimestampRefused,
                "a record of \(topic) has the time \(value), which is not between the years 1677 and 2262",
                recovery: .reject)
        }
    }
}
