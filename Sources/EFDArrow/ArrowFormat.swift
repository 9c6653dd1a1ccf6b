import EFDAvro

/// Names of types in the Arrow C Data Interface.
/// Source: https://arrow.apache.org/docs/format/CDataInterface.html#data-type-description-format-strings
enum ArrowFormat {
    static let record = "+s"
    static let list = "+l"

    static func of(_ column: Column) -> String {
        switch (column.kind, column.logical) {
        case (.int64, "timestamp-millis"): "tsm:UTC"
        case (.int64, "timestamp-micros"): "tsu:UTC"
        case (.int64, "local-timestamp-millis"): "tsm:"
        case (.int64, "local-timestamp-micros"): "tsu:"
        case (.int32, "date"): "tdD"
        case (.int32, "time-millis"): "ttm"
        case (.int64, "time-micros"): "ttu"
        case (let kind, _): of(kind)
        }
    }

    static func of(_ kind: Column.Kind) -> String {
        switch kind {
        case .boolean: "b"
        case .int32: "i"
        case .int64: "l"
        case .float32: "f"
        case .float64: "g"
        case .string: "u"
        case .binary: "z"
        case .list: list
        }
    }
}
