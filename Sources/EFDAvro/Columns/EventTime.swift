/// The column with a row's event time, and the unit of its numbers: the same for every sink.
///
/// Moments count from 1970, UTC. A logical type defines its unit; the unit of other numbers is a setting.
///
/// | column | counts |
/// |---|---|
/// | `timestamp-millis`, `timestamp-micros`, `timestamp-nanos` | that unit |
/// | `local-timestamp-millis`, `-micros`, `-nanos` | that unit, taken as UTC |
/// | `date` | days |
/// | `time-millis`, `time-micros` | a time of day: never an event time |
/// | real of 64 bits | `Unit`; auto: seconds |
/// | whole number without one of these types | `Unit`; auto: milliseconds, which need 64 bits |
public struct EventTime: Sendable, Equatable {
    /// The unit of numbers without a logical type.
    public enum Unit: String, CaseIterable, Sendable { case auto, s, ms, us, ns }

    /// A candidate in the schema that cannot be an event time, and why.
    public struct Unfit: Sendable, Equatable {
        public let name: String
        /// Continues "the field …": `is of type string`.
        public let reason: String
    }

    @usableFromInline
    enum Scale: Sendable, Equatable {
        /// Reals: microseconds in one unit.
        case real(microseconds: Double)
        /// Whole numbers: nanoseconds in one unit.
        case whole(nanoseconds: Int64)
        /// As `whole`, of 32 bits.
        case whole32(nanoseconds: Int64)
    }

    /// The column's index and name.
    public let column: Int
    public let name: String
    @usableFromInline let scale: Scale

    private static let (second, millisecond, microsecond) = (Int64(1_000_000_000), Int64(1_000_000), Int64(1000))
    private static let day = 86_400 * second

    /// The first of the candidates that can be an event time; nil: none can, use the time of the Kafka record.
    ///
    /// - Parameters:
    ///   - candidates: names of columns, in order of preference.
    ///   - unit: of numbers without a logical type.
    /// - Returns: also the earlier candidates in the columns that cannot be one.
    public static func choose(_ candidates: [String], in columns: [Column], unit: Unit = .auto)
        -> (time: EventTime?, unfit: [Unfit])
    {
        var unfit: [Unfit] = []
        for name in candidates {
            guard let index = columns.firstIndex(where: { $0.name == name }) else { continue }
            if let scale = scale(columns[index], unit) {
                return (EventTime(column: index, name: name, scale: scale), unfit)
            }
            unfit.append(Unfit(name: name, reason: reason(columns[index])))
        }
        return (nil, unfit)
    }

    private static func scale(_ column: Column, _ unit: Unit) -> Scale? {
        switch column.kind {
        case .float64: real(unit)
        case .int64: isTimeOfDay(column) ? nil : .whole(nanoseconds: nanoseconds(column.logical) ?? whole(unit))
        case .int32:
            if isTimeOfDay(column) {
                nil
            } else if let nanoseconds = nanoseconds(column.logical) {
                .whole32(nanoseconds: nanoseconds)
            } else {
                // Milliseconds of 32 bits end in January 1970.
                unit == .auto ? nil : .whole32(nanoseconds: whole(unit))
            }
        default: nil
        }
    }

    /// The unit of the logical type; nil: it has none.
    private static func nanoseconds(_ logical: String?) -> Int64? {
        switch logical {
        case "timestamp-millis", "local-timestamp-millis": millisecond
        case "timestamp-micros", "local-timestamp-micros": microsecond
        case "timestamp-nanos", "local-timestamp-nanos": 1
        case "date": day
        default: nil
        }
    }

    private static func isTimeOfDay(_ column: Column) -> Bool {
        column.logical == "time-millis" || column.logical == "time-micros"
    }

    private static func real(_ unit: Unit) -> Scale {
        switch unit {
        case .auto, .s: .real(microseconds: 1e6)
        case .ms: .real(microseconds: 1e3)
        case .us: .real(microseconds: 1)
        case .ns: .real(microseconds: 1e-3)
        }
    }

    private static func whole(_ unit: Unit) -> Int64 {
        switch unit {
        case .s: second
        case .auto, .ms: millisecond
        case .us: microsecond
        case .ns: 1
        }
    }

    private static func reason(_ column: Column) -> String {
        switch column.kind {
        case .int32 where !isTimeOfDay(column): "has 32 bits, too few for milliseconds since 1970"
        case .int32, .int64: "is a time of day (\(column.logical ?? ""))"
        default: "is of type \(column.kind)"
        }
    }
}
