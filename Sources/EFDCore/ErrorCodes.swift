/// Settings, files and documents in every program.
extension EFDError.Code {
    /// A file that the program reads whole exceeds its size limit.
    /// Action: Check that the path names the intended file.
    static let filesTooLarge = Self("files.tooLarge")

    /// A file or folder cannot be opened, read or listed.
    /// Action: Check the path and its permissions.
    static let filesUnreadable = Self("files.unreadable")

    /// A JSON text has a syntax error or a duplicate member.
    /// Action: Correct it at the line and column in the message.
    static let jsonMalformed = Self("json.malformed")

    /// A topic pattern uses syntax that this program does not support.
    /// Action: Write it as docs/settings.md describes patterns.
    static let patternRefused = Self("pattern.refused")

    /// A settings file is not a list of `name: value` lines.
    /// Action: Correct the file at the line in the message.
    static let settingsFileRefused = Self("settings.fileRefused")

    /// A `${env:…}` or `${file:…}` reference in a connector's configuration has no value.
    /// Action: Set the variable, or add the key to the file.
    static let settingsReferenceUnresolved = Self("settings.referenceUnresolved")

    /// A setting is unknown, repeated, missing or given in a wrong form.
    /// Action: Follow the remedy in the message; `--help` lists the settings.
    static let settingsRefused = Self("settings.refused")

    /// A setting that needs a value is empty.
    /// Action: Leave the setting out, or give it a value.
    static let settingsValueEmpty = Self("settings.valueEmpty")

    /// The value of a setting is not of its type or out of its range.
    /// Action: Give a value as docs/reference/settings.md describes it.
    public static let settingsValueRefused = Self("settings.valueRefused")

    /// A YAML text has a syntax error or uses an unsupported feature.
    /// Action: Correct it at the line and column in the message.
    static let yamlMalformed = Self("yaml.malformed")
}
