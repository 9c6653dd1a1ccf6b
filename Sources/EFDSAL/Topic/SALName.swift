/// The parts of a struct's name: `<sal name>_<eight lower-case hexadecimal digits>`; the digits are the revision of the
/// topic's definition.
public struct SALName: Sendable, Equatable {
    /// `logevent_summaryState`, `command_start`, `ackcmd`, or the plain name of telemetry.
    public let salName: String
    /// Nil for a struct without revision: those of 2019 at the end of the file.
    public let revCode: String?

    public init(structName: String) {
        let bytes = structName.utf8
        let code = bytes.suffix(8)
        let isRevised =
            bytes.count > 9 && bytes.dropLast(8).last == UInt8(ascii: "_")
            && code.allSatisfy { $0.isDigit || (0x61...0x66).contains($0) }
        salName = isRevised ? String(structName.dropLast(9)) : structName
        revCode = isRevised ? String(structName.suffix(8)) : nil
    }

    /// The SAL name for either form: attribute names (`evt_summaryState`, `cmd_start`, `tel_position`, `ack_ackcmd`)
    /// are how SAL's clients spell them.
    public static func salName(for name: String) -> String {
        for (attribute, prefix) in [("evt_", "logevent_"), ("cmd_", "command_"), ("ack_", ""), ("tel_", "")]
        where name.hasPrefix(attribute) {
            return prefix + name.dropFirst(attribute.count)
        }
        return name
    }
}

/// The class of a topic decides its QoS, its partition and its key.
public enum SALTopicKind: String, Sendable, CaseIterable {
    case telemetry, event, command, ackcmd

    public init(salName: String) {
        self =
            if salName == "ackcmd" {
                .ackcmd
            } else if salName.hasPrefix("command_") {
                .command
            } else if salName.hasPrefix("logevent_") {
                .event
            } else {
                .telemetry
            }
    }

    /// Last part of the DDS partition name. Acknowledgements use the data partition: only commands have their own.
    public var partitionSuffix: String { self == .command ? "cmd" : "data" }
}
