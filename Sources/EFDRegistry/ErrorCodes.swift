import EFDCore

/// Schema registry client.
extension EFDError.Code {
    /// The schema registry answered 401 or 403.
    /// Action: Check `--registry-user` and `--registry-password`.
    static let registryAccessDenied = Self("registry.accessDenied")

    /// No URL of a schema registry is given.
    /// Action: Set `--registry-url`.
    static let registryAddressMissing = Self("registry.addressMissing")

    /// An answer is not the expected JSON.
    /// Action: Check that `--registry-url` names a schema registry.
    static let registryAnswerUnreadable = Self("registry.answerUnreadable")

    /// The registry rejected a version, compatibility level or mode.
    /// Action: Correct the value in the message.
    static let registryArgumentInvalid = Self("registry.argumentInvalid")

    /// The schema id belongs to another schema in this registry.
    /// Action: Import the schema into a registry that does not use the id.
    static let registryIdConflict = Self("registry.idConflict")

    /// The mode of the subject or registry does not allow the operation.
    /// Action: Check the modes (GET /mode and GET /mode/<subject>).
    public static let registryOperationRefused = Self("registry.operationRefused")

    /// The server has no such path.
    /// Action: Check the path of `--registry-url`; some registries serve the interface at /apis/ccompat/v7.
    static let registryPathUnknown = Self("registry.pathUnknown")

    /// The registry rejected a request for another reason.
    /// Action: See the registry's text in the message.
    static let registryRequestRefused = Self("registry.requestRefused")

    /// The schema is incompatible with an earlier version of its subject.
    /// Action: Change the schema, or the subject's compatibility level.
    public static let registrySchemaIncompatible = Self("registry.schemaIncompatible")

    /// The registry considers the schema invalid.
    /// Action: Correct the schema.
    static let registrySchemaInvalid = Self("registry.schemaInvalid")

    /// The registry does not have the schema.
    /// Action: Register it, or check that `--registry-url` is the registry of this Kafka cluster.
    static let registrySchemaMissing = Self("registry.schemaMissing")

    /// Other schemas refer to the schema, so it cannot be deleted.
    /// Action: Delete the schemas that refer to it first.
    static let registrySchemaReferenced = Self("registry.schemaReferenced")

    /// The schema exceeds the registry's size limit.
    /// Action: Raise the registry's limit, or split the schema.
    static let registrySchemaTooLarge = Self("registry.schemaTooLarge")

    /// The subject has no compatibility level or mode of its own.
    /// Action: None: the registry's global one applies.
    static let registrySettingMissing = Self("registry.settingMissing")

    /// Two settings of the registry client exclude each other or belong together.
    /// Action: Follow the message.
    static let registrySettingsContradict = Self("registry.settingsContradict")

    /// The registry does not have the subject.
    /// Action: Check the subject's name.
    static let registrySubjectMissing = Self("registry.subjectMissing")

    /// The registry cannot serve a request now.
    /// Action: None: the program retries. If it persists, check the registry.
    static let registryUnavailable = Self("registry.unavailable")

    /// The subject does not have the version.
    /// Action: Check the version.
    static let registryVersionMissing = Self("registry.versionMissing")
}
