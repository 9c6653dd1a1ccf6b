import EFDCore

/// An error of the registry itself, with Confluent's error code.
struct RegistryFault: Error {
    let status: Int
    let code: Int
    let message: String
    let attempt: String

    /// The subject, version or schema does not exist. Registries differ in their choice of code.
    var isMissing: Bool { status == 404 }
    var isIncompatible: Bool { code == 409 || code == 40901 || status == 409 }

    var error: EFDError {
        let text = "\(attempt) was rejected with error \(code): \(message)"
        if isIncompatible {
            return EFDError(
                .registrySchemaIncompatible, text, remedy: "Change the schema, or the subject's compatibility level.")
        }
        switch code {
        case 40401, 40404, 40405: return EFDError(.registrySubjectMissing, text)
        case 40402, 40406, 40407: return EFDError(.registryVersionMissing, text)
        case 40403: return EFDError(.registrySchemaMissing, text)
        case 40408, 40409: return EFDError(.registrySettingMissing, text)
        case 42201: return EFDError(.registrySchemaInvalid, text, remedy: "Correct the schema.")
        case 42202...42204, 42208: return EFDError(.registryArgumentInvalid, text)
        case 42205:
            return EFDError(
                .registryOperationRefused, text,
                remedy: "Check the mode of the subject and of the registry (GET /mode).")
        case 42206:
            return EFDError(.registrySchemaReferenced, text, remedy: "Delete the schemas that refer to it first.")
        case 42207:
            return EFDError(.registryIdConflict, text, remedy: "The id belongs to another schema in this registry.")
        case 42209: return EFDError(.registrySchemaTooLarge, text)
        case 50001...50009: return EFDError(.registryUnavailable, text, recovery: .retry)
        default: return EFDError(.registryRequestRefused, text)
        }
    }
}
