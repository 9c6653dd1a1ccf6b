import CCycloneDDS
import CCycloneDDSShim
import EFDCore

/// Cyclone's log lines as ours. A sample that Cyclone drops because it does not fit its type shows here only, so those lines are counted.
public final class DDSLog: Sendable {
    private let log: Log
    public let dropped: Counter

    private init(_ log: Log, _ dropped: Counter) { (self.log, self.dropped) = (log, dropped) }

    /// Takes the process's DDS log from now on; there is one.
    @discardableResult
    public static func install(_ log: Log, dropped: Counter) -> DDSLog {
        let made = DDSLog(log, dropped)
        current.withLock { $0 = made }
        ddsshim_set_log(receive, nil)
        return made
    }

    private static let current = Locked<DDSLog?>(nil)

    fileprivate static func take(_ category: UInt32, _ message: String) {
        guard let target = current.withLock({ $0 }) else { return }
        let text = message.trimmed
        if text.contains("deserialization") {
            target.dropped.add()
            target.log.warning("DDS dropped a sample that does not fit its type", ["dds": .text(text)])
        } else if category & 3 != 0 {
            target.log.error("DDS reports an error", ["dds": .text(text)])
        } else if category & 4 != 0 {
            target.log.warning("DDS warns", ["dds": .text(text)])
        }
    }
}

private let receive: ddsshim_log = { _, category, message, size in
    let bytes = UnsafeRawBufferPointer(start: message, count: size)
    DDSLog.take(category, String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
}
