import EFDCore
import EFDHTTP
import EFDRegistry

extension RegistryAPI {
    static func getLevel(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        guard let subject = try subjectIfNamed(request) else {
            return answer(["compatibilityLevel": .string(state.globalLevel.rawValue)])
        }
        guard let level = state.levels[subject] ?? (request.flag("defaultToGlobal") ? state.globalLevel : nil) else {
            throw .noLevel(subject)
        }
        return answer(["compatibilityLevel": .string(level.rawValue)])
    }

    static func putLevel(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        let text = try request.document["compatibility"]?.string ?? ""
        guard let level = CompatibilityLevel(rawValue: text.uppercased()) else { throw .invalidLevel }
        let subject = try subjectIfNamed(request)
        return answer(["compatibility": .string(level.rawValue)], writing: [.config(subject: subject, level)])
    }

    /// Returns the previous level.
    static func deleteLevel(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision
    {
        let subject = try subjectIfNamed(request)
        let level = subject.map { state.levels[$0] } ?? state.globalLevel
        guard let level else { throw .noLevel(subject ?? "") }
        return answer(["compatibilityLevel": .string(level.rawValue)], writing: [.config(subject: subject, nil)])
    }

    static func getMode(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        guard let subject = try subjectIfNamed(request) else {
            return answer(["mode": .string(state.globalMode.rawValue)])
        }
        guard let mode = state.modes[subject] ?? (request.flag("defaultToGlobal") ? state.globalMode : nil) else {
            throw .noMode(subject)
        }
        return answer(["mode": .string(mode.rawValue)])
    }

    /// IMPORT requires an empty registry or subject, unless forced: ids assigned here would clash with imported ones.
    static func putMode(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        guard let mode = RegistryMode(rawValue: try request.document["mode"]?.string?.uppercased() ?? "") else {
            throw .invalidMode
        }
        let subject = try subjectIfNamed(request)
        var records: [RegistryRecord] = []
        if mode == .importing, !request.flag("force"),
            state.mode(for: subject ?? "") != .importing || subject == nil && state.globalMode != .importing
        {
            let scope = subject.map { [$0] } ?? state.subjects.keys.sorted()
            guard scope.allSatisfy({ state.versions(of: $0).isEmpty }) else {
                throw .notPermitted("Cannot import since found existing subjects")
            }
            // Soft-deleted versions would block their own numbers. A record for each version survives compaction;
            // CLEAR_SUBJECT, which Confluent's registry writes, does not always.
            records = scope.flatMap { subject in
                state.subjects[subject, default: []].map { .schema(subject: subject, version: $0.number, nil) }
            }
        }
        return answer(["mode": .string(mode.rawValue)], writing: records + [.mode(subject: subject, mode)])
    }

    static func deleteMode(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal) -> RegistryDecision {
        let subject = try subjectIfNamed(request)
        let mode = subject.map { state.modes[$0] } ?? state.globalMode
        guard let mode else { throw .noMode(subject ?? "") }
        return answer(["mode": .string(mode.rawValue)], writing: [.mode(subject: subject, nil)])
    }

    static func testAgainstVersion(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        let found = try version(state, subject, request)
        return try verdict(state, request, subject, [found])
    }

    /// Checks against the last version, or against all, by the subject's level. A subject without versions accepts any
    /// schema.
    static func testAgainstLevel(_ state: RegistryState, _ request: HTTPRequest) throws(RegistryRefusal)
        -> RegistryDecision
    {
        let subject = try request.subject
        return try verdict(state, request, subject, state.versions(of: subject))
    }

    private static func verdict(
        _ state: RegistryState, _ request: HTTPRequest, _ subject: String, _ versions: [RegistryState.Version]
    ) throws(RegistryRefusal) -> RegistryDecision {
        let text = try SchemaRequest(request.document).valid(state, isNormalized: request.flag("normalize"))
        let earlier = versions.compactMap { state.texts[$0.id] }
        let messages = SchemaRules.incompatibilities(of: text, with: earlier, state.level(for: subject), state)
        var members: JSON.Members = ["is_compatible": .bool(messages.isEmpty)]
        if request.flag("verbose") { members["messages"] = .array(messages.map { .string($0) }) }
        return answer(.object(members))
    }

    private static func subjectIfNamed(_ request: HTTPRequest) throws(RegistryRefusal) -> String? {
        guard let name = request.parameters["subject"] else { return nil }
        // Confluent's name for "global, in every context".
        return name == ":.__GLOBAL:" ? nil : try request.subject
    }
}
