import EFDAvro

/// The table of times by logical type and unit that every sink is held to.
public struct EventTimeCase: Sendable, CustomStringConvertible {
    public enum Expected: Sendable, Equatable {
        /// Nanoseconds since 1970, and the text of the same moment.
        case moment(Int64, String)
        /// Not an event's time: the field stays a field, and the record's time counts.
        case field
    }

    /// The time field's Avro type, as JSON.
    public let type: String
    public let value: AvroValue
    public let unit: EventTime.Unit
    public let expected: Expected

    public var description: String { "\(type) \(unit)" }

    private init(_ type: String, _ value: AvroValue, _ unit: EventTime.Unit, _ expected: Expected) {
        (self.type, self.value, self.unit, self.expected) = (type, value, unit, expected)
    }

    private init(_ type: String, _ value: AvroValue, _ expected: Expected) {
        self.init(type, value, .auto, expected)
    }

    private static func logical(_ type: String, _ name: String) -> String {
        #"{"type":"\#(type)","logicalType":"\#(name)"}"#
    }

    private static let half = Expected.moment(1_700_000_000_500_000_000, "2023-11-14T22:13:20.500000Z")
    private static let micro = Expected.moment(1_700_000_000_123_456_000, "2023-11-14T22:13:20.123456Z")
    private static let nano = Expected.moment(1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456Z")

    public static let all =
        wholes + reals + logicals + [
            EventTimeCase(#"["null","double"]"#, .union(1, .double(1_700_000_000.5)), half),
            EventTimeCase(#""float""#, .float(1.7e9), .field),
            EventTimeCase(#""string""#, .string("2023-11-14"), .field),
            EventTimeCase(#""boolean""#, .boolean(true), .field),
            EventTimeCase(#"{"type":"array","items":"double"}"#, .array([.double(1.7e9)]), .field),
        ]

    private static let logicals = [
        EventTimeCase(logical("long", "timestamp-millis"), .long(1_700_000_000_500), half),
        EventTimeCase(logical("long", "timestamp-micros"), .long(1_700_000_000_123_456), micro),
        EventTimeCase(logical("long", "timestamp-nanos"), .long(1_700_000_000_123_456_789), nano),
        EventTimeCase(logical("long", "local-timestamp-millis"), .long(1_700_000_000_500), half),
        EventTimeCase(logical("long", "local-timestamp-micros"), .long(1_700_000_000_123_456), micro),
        EventTimeCase(logical("long", "local-timestamp-nanos"), .long(1_700_000_000_123_456_789), nano),
        EventTimeCase(
            logical("int", "date"), .int(19_700), .moment(1_702_080_000_000_000_000, "2023-12-09T00:00:00.000000Z")),
        // A logical type has its own unit, whatever the setting says.
        EventTimeCase(logical("long", "timestamp-micros"), .long(1_700_000_000_123_456), .s, micro),
        EventTimeCase(
            logical("int", "date"), .int(19_700), .ms,
            .moment(1_702_080_000_000_000_000, "2023-12-09T00:00:00.000000Z")),
        EventTimeCase(logical("int", "time-millis"), .int(43_200_000), .field),
        EventTimeCase(logical("long", "time-micros"), .long(43_200_000_000), .field),
        EventTimeCase(logical("int", "time-millis"), .int(43_200_000), .ms, .field),
        // One that Avro does not know is none.
        EventTimeCase(logical("long", "made-up"), .long(1_700_000_000_500), half),
    ]

    private static let wholes = [
        EventTimeCase(#""long""#, .long(1_700_000_000_500), half),
        EventTimeCase(
            #""long""#, .long(1_700_000_000), .s, .moment(1_700_000_000_000_000_000, "2023-11-14T22:13:20.000000Z")),
        EventTimeCase(#""long""#, .long(1_700_000_000_500), .ms, half),
        EventTimeCase(#""long""#, .long(1_700_000_000_123_456), .us, micro),
        EventTimeCase(#""long""#, .long(1_700_000_000_123_456_789), .ns, nano),
        EventTimeCase(
            #""int""#, .int(1_700_000_000), .s, .moment(1_700_000_000_000_000_000, "2023-11-14T22:13:20.000000Z")),
        // Milliseconds of 32 bits end in January 1970.
        EventTimeCase(#""int""#, .int(1_700_000_000), .field),
    ]

    private static let reals = [
        EventTimeCase(
            #""double""#, .double(1_784_505_719.25), .moment(1_784_505_719_250_000_000, "2026-07-20T00:01:59.250000Z")),
        EventTimeCase(
            #""double""#, .double(1_790_000_000.3), .moment(1_790_000_000_300_000_000, "2026-09-21T14:13:20.300000Z")),
        // The nearest microsecond, which may be the first of the next hour.
        EventTimeCase(
            #""double""#, .double(1_789_999_199.9999998),
            .moment(1_789_999_200_000_000_000, "2026-09-21T14:00:00.000000Z")),
        EventTimeCase(#""double""#, .double(1_700_000_000.5), .s, half),
        EventTimeCase(#""double""#, .double(1_700_000_000_500), .ms, half),
        EventTimeCase(#""double""#, .double(1_700_000_000_123_456), .us, micro),
        EventTimeCase(#""double""#, .double(1_700_000_000_500_000_000), .ns, half),
    ]
}
