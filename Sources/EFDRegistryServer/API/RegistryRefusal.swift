import EFDHTTP

/// An error answer with Confluent's error codes: the HTTP status is the code's first three digits.
struct RegistryRefusal: Error, Equatable {
    let code: Int
    let message: String

    var status: Int { code >= 1000 ? code / 100 : code }

    static func malformed(_ message: String) -> RegistryRefusal { RegistryRefusal(code: 400, message: message) }
    static func noSubject(_ subject: String) -> RegistryRefusal {
        RegistryRefusal(code: 40401, message: "Subject '\(subject)' not found.")
    }
    static func noVersion(_ version: String) -> RegistryRefusal {
        RegistryRefusal(code: 40402, message: "Version \(version) not found.")
    }
    static let noSchema = RegistryRefusal(code: 40403, message: "Schema not found")
    static func subjectDeleted(_ subject: String) -> RegistryRefusal {
        RegistryRefusal(
            code: 40404, message: "Subject '\(subject)' was soft deleted. Set permanent=true to delete permanently")
    }
    static func subjectNotDeleted(_ subject: String) -> RegistryRefusal {
        RegistryRefusal(
            code: 40405, message: "Subject '\(subject)' was not deleted first before being permanently deleted")
    }
    static func versionDeleted(_ subject: String, _ version: Int) -> RegistryRefusal {
        RegistryRefusal(
            code: 40406,
            message:
                "Subject '\(subject)' Version \(version) was soft deleted. Set permanent=true to delete permanently")
    }
    static func versionNotDeleted(_ subject: String, _ version: Int) -> RegistryRefusal {
        RegistryRefusal(
            code: 40407,
            message: "Subject '\(subject)' Version \(version) was not deleted first before being permanently deleted")
    }
    static func noLevel(_ subject: String) -> RegistryRefusal {
        RegistryRefusal(
            code: 40408, message: "Subject '\(subject)' does not have subject-level compatibility configured")
    }
    static func noMode(_ subject: String) -> RegistryRefusal {
        RegistryRefusal(code: 40409, message: "Subject '\(subject)' does not have subject-level mode configured")
    }
    static func incompatible(_ subject: String, _ details: [String]) -> RegistryRefusal {
        RegistryRefusal(
            code: 409,
            message:
                "Schema being registered is incompatible with an earlier schema for subject \"\(subject)\", details: "
                + "[\(details.joined(separator: ", "))]"
        )
    }
    static func invalidSchema(_ details: String) -> RegistryRefusal {
        RegistryRefusal(code: 42201, message: "Invalid schema: \(details)")
    }
    static func invalidVersion(_ text: String) -> RegistryRefusal {
        RegistryRefusal(
            code: 42202,
            message:
                "The specified version '\(text)' is not a valid version id. Allowed values are above 0, and \"latest\"")
    }
    static let invalidLevel = RegistryRefusal(
        code: 42203,
        message:
            "Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, "
            + "forward_transitive, and full_transitive"
    )
    static let invalidMode = RegistryRefusal(
        code: 42204, message: "Invalid mode. Valid values are READWRITE, READONLY, and IMPORT")
    static func notPermitted(_ message: String) -> RegistryRefusal { RegistryRefusal(code: 42205, message: message) }
    static func referenced(_ subject: String, _ version: Int, _ by: Int32) -> RegistryRefusal {
        RegistryRefusal(
            code: 42206,
            message:
                "One or more references exist to version \(version) of subject '\(subject)': the schema with id \(by) "
                + "needs it"
        )
    }
    static func idMismatch(_ known: Int32, _ given: Int32) -> RegistryRefusal {
        RegistryRefusal(
            code: 42207, message: "The schema already registered with id \(known) instead of input id \(given)")
    }
    static func invalidSubject(_ message: String) -> RegistryRefusal { RegistryRefusal(code: 42208, message: message) }
}

/// The records to write before the answer is sent.
struct RegistryDecision {
    var records: [RegistryRecord] = []
    let answer: HTTPResponse
}
