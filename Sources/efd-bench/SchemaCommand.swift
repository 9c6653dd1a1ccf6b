import EFDCore

/// `efd-bench schema`: the Avro schema that the registry needs before the load.
enum SchemaCommand {
    static let table = SettingsTable.process(
        "efd-bench schema", summary: "Prints the Avro schema of the load's records.", sections: [],
        examples: ["efd-bench schema"])

    static var command: Program.Command {
        Program.Command("schema", summary: "Prints the Avro schema of the load's records.") { arguments in
            Program.run(table, arguments: arguments) { _ throws(EFDError) in Program.write(LoadRecord.schema + "\n") }
        }
    }
}
