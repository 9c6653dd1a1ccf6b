import CCycloneDDS
import CCycloneDDSShim
import EFDCore

/// Forwards Cyclone's log lines. Only they report samples that Cyclone drops because they do not fit their type, so
/// those lines are counted.
public final class DDSLog: Sendable {
    private let log: Log
    private let dropped: Counter
    private let byTopic = Locked<[String: Int]>([:])

    private init(_ log: Log, _ dropped: Counter) { (self.log, self.dropped) = (log, dropped) }

    /// Receives the process's DDS log from now on; there is one. `dropped` counts the samples of all topics.
    @discardableResult
    public static func install(_ log: Log, dropped: Counter) -> DDSLog {
        let made = DDSLog(log, dropped)
        current.withLock { $0 = made }
        ddsshim_set_log(receive, nil)
        return made
    }

    /// Dropped samples, by the DDS name of their topic; the empty name counts samples whose topic Cyclone did not
    /// report.
    public func droppedSamples() -> [String: Int] { byTopic.withLock { $0 } }

    private static let current = Locked<DDSLog?>(nil)
    private static let captured = Locked<[String]?>(nil)

    /// Runs `body` and returns Cyclone's log lines meanwhile: its return codes have little detail. Do not nest.
    static func complaints(during body: () -> Void) -> [String] {
        captured.withLock { $0 = [] }
        ddsshim_set_log(receive, nil)
        body()
        if current.withLock({ $0 == nil }) { ddsshim_set_log(nil, nil) }
        return captured.withLock { captured in
            defer { captured = nil }
            return captured ?? []
        }
    }

    fileprivate static func take(_ category: UInt32, _ message: String) {
        let text = message.trimmed
        let target = current.withLock { $0 }
        if let topic = droppedTopic(text) {
            target?.drop(topic, text)
            return
        }
        let isCaptured = captured.withLock { captured in
            if category & 7 != 0 { captured?.append(text) }
            return captured != nil
        }
        if isCaptured { return }
        if category & 3 != 0 {
            target?.log.error("DDS reports an error", ["dds": .text(text)])
        } else if category & 4 != 0 {
            target?.log.warning("DDS warns", ["dds": .text(text)])
        }
    }

    private func drop(_ topic: String, _ text: String) {
        dropped.add()
        byTopic.withLock { $0[topic, default: 0] += 1 }
        log.warning("DDS dropped a sample that does not fit its type", ["topic": .text(topic), "dds": .text(text)])
    }

    /// Parses `data(application, vendor 1.16): … #12: deserialization TOPIC/TYPE failed (…)`; nil for any other line.
    /// Names contain no slash.
    static func droppedTopic(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let at = words.firstIndex(of: "deserialization") else { return nil }
        let names = words[(at + 1)...].first { $0.contains("/") }
        return names.flatMap { $0.split(separator: "/").first }.map(String.init) ?? ""
    }
}

private let receive: ddsshim_log = { _, category, message, size in
    let bytes = UnsafeRawBufferPointer(start: message, count: size)
    DDSLog.take(category, String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
}
