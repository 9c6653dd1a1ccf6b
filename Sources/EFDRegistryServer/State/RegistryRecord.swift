import EFDCore
import EFDRegistry

/// One record of the topic `_schemas`, in the format of Confluent's registry and Karapace.
enum RegistryRecord: Sendable, Equatable {
    /// A version of a subject; nil: permanently deleted.
    case schema(subject: String, version: Int, SchemaVersion?)
    /// The level of a subject, or the global one; nil: no longer set.
    case config(subject: String?, CompatibilityLevel?)
    case mode(subject: String?, RegistryMode?)
    /// Versions of a subject up to this one are soft-deleted.
    case deleteSubject(String, version: Int)
    /// The soft-deleted versions of a subject are permanently deleted.
    case clearSubject(String)
    /// A record without effect on the state: `NOOP`, contexts, and additions of newer registries.
    case other(String)

    struct SchemaVersion: Sendable, Equatable {
        var id: Int32
        var text: String
        var type = "AVRO"
        var references: [SchemaReference] = []
        var isDeleted = false
    }

    /// The key's text. Its members' order is fixed: compaction compares bytes.
    var key: String {
        switch self {
        case .schema(let subject, let version, _):
            Self.key("SCHEMA", subject: .string(subject), version: version, magic: 1)
        case .config(let subject, _): Self.key("CONFIG", subject: subject.map { .string($0) } ?? .null, magic: 0)
        case .mode(let subject, _): Self.key("MODE", subject: subject.map { .string($0) } ?? .null, magic: 0)
        case .deleteSubject(let subject, _): Self.key("DELETE_SUBJECT", subject: .string(subject), magic: 0)
        case .clearSubject(let subject): Self.key("CLEAR_SUBJECT", subject: .string(subject), magic: 0)
        case .other(let type): Self.key(type, subject: nil, magic: 0)
        }
    }

    /// The value's text; nil: a tombstone.
    var value: String? {
        switch self {
        case .schema(let subject, let version, let entry?):
            var members: JSON.Members = [
                "subject": .string(subject), "version": .integer(Int64(version)), "id": .integer(Int64(entry.id)),
            ]
            if entry.type != "AVRO" { members["schemaType"] = .string(entry.type) }
            if !entry.references.isEmpty { members["references"] = entry.references.json }
            members["schema"] = .string(entry.text)
            members["deleted"] = .bool(entry.isDeleted)
            return JSON.object(members).text
        case .config(_, let level?): return JSON.object(["compatibilityLevel": .string(level.rawValue)]).text
        case .mode(let subject, let mode?):
            return JSON.object(["subject": subject.map { .string($0) } ?? .null, "mode": .string(mode.rawValue)]).text
        case .deleteSubject(let subject, let version):
            return JSON.object(["subject": .string(subject), "version": .integer(Int64(version))]).text
        case .clearSubject(let subject): return JSON.object(["subject": .string(subject)]).text
        case .schema, .config, .mode, .other: return nil
        }
    }

    private static func key(_ type: String, subject: JSON?, version: Int? = nil, magic: Int64) -> String {
        var members: JSON.Members = ["keytype": .string(type)]
        members["subject"] = subject
        members["version"] = version.map { .integer(Int64($0)) }
        members["magic"] = .integer(magic)
        return JSON.object(members).text
    }
}

extension RegistryRecord {
    /// Parses a record of the topic, of any registry. Throws its fault.
    init(key: [UInt8], value: [UInt8]?) throws(EFDError) {
        let key = try JSON.parse(key)
        guard let type = key["keytype"]?.string else { throw Self.malformed("the key has no keytype", key) }
        let body: JSON? = if let value, !value.isEmpty { try JSON.parse(value) } else { nil }
        let subject = key["subject"]?.string
        switch (type, subject) {
        case ("SCHEMA", let subject?):
            guard let version = key["version"]?.integer else { throw Self.malformed("the key has no version", key) }
            self = .schema(
                subject: subject, version: Int(version),
                try body.map { (body) throws(EFDError) in try Self.schemaVersion(body) })
        case ("CONFIG", _):
            // This registry ignores configurations without a level.
            self = .config(
                subject: subject, body?["compatibilityLevel"]?.string.flatMap { CompatibilityLevel(rawValue: $0) })
        case ("MODE", _):
            let mode = body?["mode"]?.string
            if let mode, RegistryMode(rawValue: mode) == nil {
                throw Self.malformed("the mode \(mode) is unknown", key)
            }
            self = .mode(subject: subject, mode.flatMap { RegistryMode(rawValue: $0) })
        case ("DELETE_SUBJECT", let subject?):
            guard let body else {
                self = .other(type)
                return
            }
            guard let version = body["version"]?.integer else { throw Self.malformed("the value has no version", key) }
            self = .deleteSubject(subject, version: Int(version))
        case ("CLEAR_SUBJECT", let subject?): self = body == nil ? .other(type) : .clearSubject(subject)
        case ("SCHEMA", nil), ("DELETE_SUBJECT", nil), ("CLEAR_SUBJECT", nil):
            throw Self.malformed("the key has no subject", key)
        default: self = .other(type)
        }
    }

    private static func schemaVersion(_ body: JSON) throws(EFDError) -> SchemaVersion {
        guard let id = body["id"]?.integer.flatMap({ Int32(exactly: $0) }), let text = body["schema"]?.string else {
            throw malformed("the value has no id or no schema", body)
        }
        return SchemaVersion(
            id: id, text: text, type: body["schemaType"]?.string ?? "AVRO",
            references: try body["references"].map { (list) throws(EFDError) in try references(list) } ?? [],
            isDeleted: body["deleted"]?.bool ?? false)
    }

    private static func references(_ list: JSON) throws(EFDError) -> [SchemaReference] {
        guard !list.isNull else { return [] }
        guard let references = [SchemaReference](list) else {
            throw malformed("a reference has no name, subject or version", list)
        }
        return references
    }

    private static func malformed(_ what: String, _ document: JSON) -> EFDError {
        EFDError(.registryRecordMalformed, "\(what): \(String(document.text.prefix(200)))", recovery: .reject)
    }
}
