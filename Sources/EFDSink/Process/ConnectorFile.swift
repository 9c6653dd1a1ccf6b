import EFDCore

/// Configurations of connectors in files, in Kafka Connect's format: `{"name": …, "config": {…}}`, or the settings in
/// one object with their `name`.
enum ConnectorFile {
    /// - Throws: `sink.connectorInvalid` with the file's name, or the error of a setting.
    static func read(_ paths: [String], _ plugin: SinkPlugin) throws(EFDError) -> [ConnectorHost.Connector] {
        var connectors: [ConnectorHost.Connector] = []
        for path in paths {
            let connector = try read(path, plugin)
            if connectors.contains(where: { $0.name == connector.name }) {
                throw invalid(path, "a connector called \(connector.name) is also in another file")
            }
            connectors.append(connector)
        }
        return connectors
    }

    private static func read(_ path: String, _ plugin: SinkPlugin) throws(EFDError) -> ConnectorHost.Connector {
        let document: JSON
        do throws(EFDError) { document = try JSON.parse(try Files.read(path)) } catch { throw error.during(path) }
        guard let members = (document["config"] ?? document).members else {
            throw invalid(path, "it is not a JSON object")
        }
        guard let name = document["name"]?.string ?? members["name"]?.string, !name.isEmpty else {
            throw invalid(path, "it has no name")
        }
        do throws(SettingsErrors) {
            let layers: [SettingsLayer] = [.connector(members, source: path), .environment]
            let settings = try Settings.parse(plugin.connectorTable, layers: layers, resources: .process)
            return ConnectorHost.Connector(name: name, plugin: plugin, settings: settings)
        } catch {
            throw invalid(path, error.errors.map(\.description).joined(separator: "; "))
        }
    }

    private static func invalid(_ path: String, _ reason: String) -> EFDError {
        EFDError(
            .sinkConnectorInvalid, "the connector's configuration \(path): \(reason)",
            remedy: "Write it in Kafka Connect's format: {\"name\": \"…\", \"config\": {\"setting\": \"value\"}}.")
    }
}
