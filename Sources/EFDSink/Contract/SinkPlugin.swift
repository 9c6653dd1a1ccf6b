import EFDCore

/// A kind of sink, as a program or a worker lists it: its name, its settings, their validation and its factory.
public struct SinkPlugin: Sendable {
    /// As in Kafka Connect's `connector.class`, and the program's name: `influx-sink`.
    public let name: String
    /// One sentence about the sink's purpose.
    public let summary: String
    /// The settings of the destination, in addition to those of every sink.
    public let sections: [SettingsTable.Section]
    /// Working command lines, shown at the end of the help.
    public let examples: [String]
    /// Throws if settings contradict each other, without touching the network.
    public let check: @Sendable (Settings) throws(EFDError) -> Void
    /// Creates a sink for one connector.
    public let make: @Sendable (Settings, Scope, ConnectorHost.Resources) throws(EFDError) -> any Sink

    public init(
        name: String, summary: String, sections: [SettingsTable.Section], examples: [String] = [],
        check: @escaping @Sendable (Settings) throws(EFDError) -> Void,
        make: @escaping @Sendable (Settings, Scope, ConnectorHost.Resources) throws(EFDError) -> any Sink
    ) {
        self.name = name
        self.summary = summary
        self.sections = sections
        self.examples = examples
        self.check = check
        self.make = make
    }

    /// The settings of one connector.
    public var connectorTable: SettingsTable {
        SettingsTable(
            program: name, summary: summary, sections: sections + SinkSettings.connectorSections, examples: examples)
    }

    /// The settings of a program that hosts one connector.
    public var table: SettingsTable {
        .process(
            name, summary: summary,
            sections: sections + SinkSettings.connectorSections + SinkSettings.processSections(of: name),
            examples: examples)
    }

    /// Validates all settings that a start needs, without touching the network.
    public func checkAll(_ settings: Settings) throws(EFDError) {
        try check(settings)
        try SinkChecks.check(settings)
    }
}
