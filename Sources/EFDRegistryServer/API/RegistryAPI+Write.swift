import EFDCore
import EFDHTTP
import EFDRegistry

extension RegistryAPI {
    static func register(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        let subject = try request.subject
        let asked = try SchemaRequest(request.document)
        let mode = state.mode(for: subject)
        try check(mode, subject, asked)
        let text = mode == .importing ? asked.imported : try asked.valid(state, isNormalized: request.flag("normalize"))
        let active = state.versions(of: subject)
        if let known = active.first(where: { state.texts[$0.id] == text }),
            asked.version == nil || asked.version == known.number
        {
            if let id = asked.id, id != known.id { throw .idMismatch(known.id, id) }
            return answer(["id": .integer(Int64(known.id))])
        }
        if mode != .importing {
            try SchemaRules.checkDefaults(text.text, knowing: try SchemaRules.known(text.references, state))
            try checkCompatibility(state, subject, text, active)
        }
        let id = try id(state, subject, text, asked)
        let number = asked.version ?? (state.subjects[subject]?.last?.number ?? 0) + 1
        // Replacing a version would remove the schema of existing records.
        if let taken = state.subjects[subject]?.first(where: { $0.number == number }), taken.id != id {
            throw .notPermitted("Version \(number) of subject \(subject) already has the id \(taken.id)")
        }
        let entry = RegistryRecord.SchemaVersion(id: id, text: text.text, type: text.type, references: text.references)
        return answer(["id": .integer(Int64(id))], writing: [.schema(subject: subject, version: number, entry)])
    }

    static func lookUp(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        let subject = try request.subject
        let versions = state.subjects[subject, default: []].filter { request.flag("deleted") || !$0.isDeleted }
        guard !versions.isEmpty else { throw .noSubject(subject) }
        let text = try SchemaRequest(request.document).valid(state, isNormalized: request.flag("normalize"))
        guard let found = versions.last(where: { state.texts[$0.id] == text }) else { throw .noSchema }
        return answer(full(state, subject, found))
    }

    static func deleteSubject(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        guard let versions = state.subjects[subject], let last = versions.last else { throw .noSubject(subject) }
        try refuseReadOnly(state, subject)
        let active = versions.filter { !$0.isDeleted }
        for version in versions { try refuseReferenced(state, subject, version.number) }
        if request.flag("permanent") {
            guard active.isEmpty else { throw .subjectNotDeleted(subject) }
            let records = versions.map { RegistryRecord.schema(subject: subject, version: $0.number, nil) }
            return answer(.array(versions.map { .integer(Int64($0.number)) }), writing: records)
        }
        guard !active.isEmpty else { throw .subjectDeleted(subject) }
        var records = [RegistryRecord.deleteSubject(subject, version: last.number)]
        if state.modes[subject] != nil { records.append(.mode(subject: subject, nil)) }
        if state.levels[subject] != nil { records.append(.config(subject: subject, nil)) }
        return answer(.array(active.map { .integer(Int64($0.number)) }), writing: records)
    }

    static func deleteVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        let isPermanent = request.flag("permanent")
        let isNumber = Int(request.parameters["version"] ?? "") ?? 0 > 0
        let found = try version(state, subject, request, deletedToo: isPermanent || isNumber)
        try refuseReadOnly(state, subject)
        try refuseReferenced(state, subject, found.number)
        let number = JSON.integer(Int64(found.number))
        if isPermanent {
            guard found.isDeleted else { throw .versionNotDeleted(subject, found.number) }
            return answer(number, writing: [.schema(subject: subject, version: found.number, nil)])
        }
        guard !found.isDeleted else { throw .versionDeleted(subject, found.number) }
        let text = state.texts[found.id]
        let entry = RegistryRecord.SchemaVersion(
            id: found.id, text: text?.text ?? "", type: text?.type ?? "AVRO", references: text?.references ?? [],
            isDeleted: true)
        return answer(number, writing: [.schema(subject: subject, version: found.number, entry)])
    }

    // MARK: Checks

    static func refuseReadOnly(_ state: RegistryState, _ subject: String) throws(RegistryRefusal) {
        if state.mode(for: subject) == .readOnly { throw .notPermitted("Subject \(subject) is in read-only mode") }
    }

    /// A version must stay while others refer to it.
    private static func refuseReferenced(_ state: RegistryState, _ subject: String, _ number: Int)
        throws(RegistryRefusal)
    {
        let referrers = state.referrers(to: subject, number, deletedToo: false)
        if let id = referrers.first { throw .referenced(subject, number, id) }
    }

    private static func check(_ mode: RegistryMode, _ subject: String, _ asked: SchemaRequest) throws(RegistryRefusal) {
        switch mode {
        case .readOnly: throw .notPermitted("Subject \(subject) is in read-only mode")
        case .readWrite where asked.id != nil:
            throw .notPermitted("Subject \(subject) is not in import mode: a schema cannot have an id")
        case .importing where asked.id == nil:
            throw .notPermitted("Subject \(subject) is in import mode: a schema must have an id")
        case .readWrite, .importing: break
        }
    }

    private static func id(
        _ state: RegistryState, _ subject: String, _ text: RegistryState.Text, _ asked: SchemaRequest
    ) throws(RegistryRefusal) -> Int32 {
        guard let id = asked.id else { return state.id(of: text) ?? state.nextID }
        guard id > 0 else { throw .notPermitted("The id \(id) is not above 0") }
        if let known = state.texts[id], known != text {
            throw .notPermitted("Overwrite new schema with id \(id) is not permitted.")
        }
        return id
    }

    private static func checkCompatibility(
        _ state: RegistryState, _ subject: String, _ text: RegistryState.Text, _ active: [RegistryState.Version]
    ) throws(RegistryRefusal) {
        let level = state.level(for: subject)
        let messages = SchemaRules.incompatibilities(
            of: text, with: active.compactMap { state.texts[$0.id] }, level, state)
        guard messages.isEmpty else {
            throw .incompatible(subject, messages + ["{compatibility: '\(level.rawValue)'}"])
        }
    }
}
