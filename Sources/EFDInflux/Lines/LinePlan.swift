import EFDAvro
import EFDCore
import EFDSink

/// Naming, time and tags of points: the same for every topic.
public struct LineOptions: Sendable, Equatable {
    /// Candidate fields for a point's time, in order of preference.
    public var timestampFields = ["private_efdStamp", "timestamp", "time"]
    public var timestampUnit = EventTime.Unit.auto
    public var timestampFallback = InfluxSettings.TimestampFallback.record
    public var tagFields: [String] = []
    public var removePrefix: String?

    public init() {}

    public init(_ settings: Settings) throws(EFDError) {
        timestampFields = settings[EventTimeSettings.field]
        timestampUnit = settings[EventTimeSettings.unit]
        timestampFallback = settings[InfluxSettings.timestampFallback]
        tagFields = settings[InfluxSettings.tagField]
        removePrefix = settings[InfluxSettings.removePrefix]
        if tagFields.contains("time") {
            throw EFDError(
                .influxTagRefused, "--tag-field time: InfluxDB reserves this name for a point's time",
                remedy: "Leave it out.")
        }
    }
}

/// A topic and schema compiled for line protocol: the parts of a line and their order. Compiled once, used by one
/// writer.
final class LinePlan {
    /// The source of a point's time.
    enum Time: Sendable, Equatable {
        case event(EventTime)
        /// Kafka's time of the record.
        case record
        case missing
    }

    enum Kind: UInt8, Sendable {
        case boolean, int32, int64, float32, float64, string, binary, list
    }

    struct Field: Sendable {
        let column: Int
        let kind: Kind
        /// The item kind of a list.
        let item: Kind
        /// `,name=` in `keys`; of a list `,name`.
        let key: Range<Int>
        /// Items of a list whose names clash with other fields: `a3` beside a list `a`.
        let gaps: [Int]
    }

    /// Escaped.
    let measurement: [UInt8]
    let time: Time
    let tags: [Field]
    let fields: [Field]
    /// The escaped keys in sequence, with `keyPadding` readable bytes after each start.
    let keys: UnsafePointer<UInt8>
    /// Notes on the schema for an operator, logged once.
    let notes: [String]

    static let keyPadding = 32

    init(topic: String, columns: [Column], options: LineOptions) {
        var compiler = LinePlanCompiler(columns: columns, options: options)
        measurement = NameText.measurement(compiler.measurement(topic))
        time = compiler.time()
        tags = compiler.tags()
        fields = compiler.fields(time: time)
        notes = compiler.notes
        let keys = UnsafeMutablePointer<UInt8>.allocate(capacity: compiler.keys.count + Self.keyPadding)
        keys.initialize(repeating: 0, count: compiler.keys.count + Self.keyPadding)
        keys.update(from: compiler.keys, count: compiler.keys.count)
        self.keys = UnsafePointer(keys)
    }

    deinit { keys.deallocate() }
}

/// Makes the decisions of a `LinePlan`.
private struct LinePlanCompiler {
    let columns: [Column]
    let options: LineOptions
    private(set) var keys: [UInt8] = []
    private(set) var notes: [String] = []
    private var tagColumns: Set<Int> = []

    init(columns: [Column], options: LineOptions) { (self.columns, self.options) = (columns, options) }

    mutating func measurement(_ topic: String) -> String {
        guard let prefix = options.removePrefix else { return topic }
        guard topic.hasPrefix(prefix), topic.utf8.count > prefix.utf8.count else {
            notes.append("the topic does not begin with \(prefix): its measurement keeps the whole name")
            return topic
        }
        return String(topic.dropFirst(prefix.count))
    }

    mutating func time() -> LinePlan.Time {
        let (time, unfit) = EventTime.choose(options.timestampFields, in: columns, unit: options.timestampUnit)
        notes += unfit.map { "the field \($0.name) cannot be a point's time: it \($0.reason)" }
        if let time { return .event(time) }
        let wanted = options.timestampFields.joined(separator: ", ")
        guard options.timestampFallback == .record else {
            notes.append("the schema has none of the timestamp fields (\(wanted)): its records are rejected")
            return .missing
        }
        notes.append("the schema has none of the timestamp fields (\(wanted)): points get the time of the Kafka record")
        return .record
    }

    mutating func tags() -> [LinePlan.Field] {
        var found: [LinePlan.Field] = []
        // InfluxDB recommends sorting tags by key.
        for name in options.tagFields.sorted() {
            guard let index = columns.firstIndex(where: { $0.name == name }), !tagColumns.contains(index) else {
                continue
            }
            guard let (kind, _) = kind(columns[index]), kind != .list, kind != .binary else {
                notes.append("the field \(name) cannot be a tag: it is of type \(columns[index].kind)")
                continue
            }
            tagColumns.insert(index)
            found.append(LinePlan.Field(column: index, kind: kind, item: kind, key: key(name, isList: false), gaps: []))
        }
        return found
    }

    mutating func fields(time: LinePlan.Time) -> [LinePlan.Field] {
        let names = Set(columns.map(\.name))
        var found: [LinePlan.Field] = []
        for (index, column) in columns.enumerated() where !tagColumns.contains(index) {
            guard let (kind, item) = kind(column) else { continue }
            var name = column.name
            if name == "time" && kind != .list {
                // InfluxDB drops a field of this name without an error.
                if isTime(index, time) { continue }
                repeat { name += "_" } while names.contains(name)
                notes.append("the field time is stored as \(name): InfluxDB reserves the name for a point's time")
            }
            let isList = kind == .list
            let gaps = isList ? columns.compactMap { Self.position($0.name, inList: name) } : []
            if !gaps.isEmpty {
                let items = gaps.map { "\(name)\($0)" }.joined(separator: ", ")
                notes.append("items of \(name) clash with names of other fields and are omitted: \(items)")
            }
            found.append(
                LinePlan.Field(column: index, kind: kind, item: item, key: key(name, isList: isList), gaps: gaps))
        }
        return found
    }

    private func isTime(_ index: Int, _ time: LinePlan.Time) -> Bool {
        if case .event(let event) = time { event.column == index } else { false }
    }

    /// 3 for `a3` and the list `a`.
    private static func position(_ name: String, inList list: String) -> Int? {
        guard name.utf8.count > list.utf8.count, name.hasPrefix(list) else { return nil }
        let digits = String(name.dropFirst(list.count))
        return Int(digits).flatMap { $0 >= 0 && String($0) == digits ? $0 : nil }
    }

    private mutating func key(_ name: String, isList: Bool) -> Range<Int> {
        let start = keys.count
        keys += [UInt8(ascii: ",")] + NameText.key(name) + (isList ? [] : [UInt8(ascii: "=")])
        return start..<keys.count
    }

    private func kind(_ column: Column) -> (LinePlan.Kind, LinePlan.Kind)? {
        if case .list(let item) = column.kind { return scalar(item.kind).map { (.list, $0) } }
        return scalar(column.kind).map { ($0, $0) }
    }

    private func scalar(_ kind: Column.Kind) -> LinePlan.Kind? {
        switch kind {
        case .boolean: .boolean
        case .int32: .int32
        case .int64: .int64
        case .float32: .float32
        case .float64: .float64
        case .string: .string
        case .binary: .binary
        case .list: nil
        }
    }
}
