import EFDRegistry

/// The registry's state: the result of reading the topic `_schemas` from its beginning.
struct RegistryState: Sendable {
    struct Version: Sendable, Equatable {
        let number: Int
        let id: Int32
        var isDeleted: Bool
    }

    /// The schema of an id.
    struct Text: Sendable, Hashable {
        let text: String
        let type: String
        var references: [SchemaReference] = []
    }

    /// Versions by subject, in ascending order; a subject without any has no entry.
    private(set) var subjects: [String: [Version]] = [:]
    private(set) var texts: [Int32: Text] = [:]
    private(set) var levels: [String: CompatibilityLevel] = [:]
    private(set) var modes: [String: RegistryMode] = [:]
    private(set) var globalLevel: CompatibilityLevel
    private(set) var globalMode = RegistryMode.readWrite
    /// The lowest id of each text.
    private var ids: [Text: Int32] = [:]
    /// Ids are never reused, not even removed ones.
    private var highestID: Int32 = 0
    private let defaultLevel: CompatibilityLevel

    init(defaultLevel: CompatibilityLevel = .backward) {
        self.defaultLevel = defaultLevel
        globalLevel = defaultLevel
    }

    var nextID: Int32 { highestID + 1 }
    func id(of text: Text) -> Int32? { ids[text] }
    func level(for subject: String) -> CompatibilityLevel { levels[subject] ?? globalLevel }
    func mode(for subject: String) -> RegistryMode { modes[subject] ?? globalMode }

    /// The versions of a subject that are not deleted.
    func versions(of subject: String) -> [Version] { subjects[subject, default: []].filter { !$0.isDeleted } }

    /// Uses of an id: subjects and versions in order of their names.
    func uses(of id: Int32, deletedToo: Bool) -> [(subject: String, version: Int)] {
        subjects.flatMap { subject, versions in
            versions.filter { $0.id == id && (deletedToo || !$0.isDeleted) }.map {
                (subject: subject, version: $0.number)
            }
        }.sorted { $0 < $1 }
    }

    /// Ids of the schemas that refer to a version of a subject.
    func referrers(to subject: String, _ version: Int, deletedToo: Bool) -> [Int32] {
        let ids = texts.filter { $0.value.references.contains { $0.subject == subject && $0.version == version } }.keys
        return ids.filter { !uses(of: $0, deletedToo: deletedToo).isEmpty }.sorted()
    }

    mutating func apply(_ record: RegistryRecord) {
        switch record {
        case .schema(let subject, let number, let entry?): store(subject, number, entry)
        case .schema(let subject, let number, nil): remove(subject) { $0.number == number }
        case .config(let subject?, let level): levels[subject] = level
        case .config(nil, let level): globalLevel = level ?? defaultLevel
        case .mode(let subject?, let mode): modes[subject] = mode
        case .mode(nil, let mode): globalMode = mode ?? .readWrite
        case .deleteSubject(let subject, let version):
            guard var versions = subjects[subject] else { return }
            for index in versions.indices where versions[index].number <= version { versions[index].isDeleted = true }
            subjects[subject] = versions
        case .clearSubject(let subject): remove(subject) { $0.isDeleted }
        case .other: break
        }
    }

    private mutating func store(_ subject: String, _ number: Int, _ entry: RegistryRecord.SchemaVersion) {
        let version = Version(number: number, id: entry.id, isDeleted: entry.isDeleted)
        var versions = subjects[subject, default: []]
        if let index = versions.firstIndex(where: { $0.number >= number }) {
            if versions[index].number == number {
                versions[index] = version
            } else {
                versions.insert(version, at: index)
            }
        } else {
            versions.append(version)
        }
        subjects[subject] = versions
        let text = Text(text: entry.text, type: entry.type, references: entry.references)
        texts[entry.id] = text
        ids[text] = min(ids[text] ?? entry.id, entry.id)
        highestID = max(highestID, entry.id)
    }

    /// Removes versions, and the texts that no version uses any longer.
    private mutating func remove(_ subject: String, where isGone: (Version) -> Bool) {
        guard let versions = subjects[subject] else { return }
        let left = versions.filter { !isGone($0) }
        subjects[subject] = left.isEmpty ? nil : left
        for version in versions where isGone(version) && uses(of: version.id, deletedToo: true).isEmpty {
            guard let text = texts.removeValue(forKey: version.id) else { continue }
            if ids[text] == version.id { ids[text] = texts.filter { $0.value == text }.keys.min() }
        }
    }
}
