import EFDRegistry

/// Where a schema stands in a registry; a registry that does not tell versions leaves it to the other to number them.
struct SchemaPlace: Sendable, Hashable {
    let subject: String
    let version: Int?

    init(_ subject: String, _ version: Int?) { (self.subject, self.version) = (subject, version) }
    init(_ place: SubjectVersion) { self.init(place.subject, place.version) }

    /// Whether the subject's name says that it is of these records, by one of Confluent's strategies that name subjects
    /// after topics.
    func belongs(to topic: String, _ part: RecordPart) -> Bool {
        if subject == Self.subject(of: topic, part) { return true }
        // `<topic>-<record>` serves keys and values alike.
        return subject.hasPrefix("\(topic)-") && subject != Self.subject(of: topic, .key)
            && subject != Self.subject(of: topic, .value)
    }

    static func subject(of topic: String, _ part: RecordPart) -> String { topic + (part == .key ? "-key" : "-value") }

    /// The topic that a subject is named after; nil where its name does not end as such names do.
    static func topic(of subject: String) -> String? {
        for suffix in ["-value", "-key"] where subject.hasSuffix(suffix) {
            return String(subject.dropLast(suffix.count))
        }
        return nil
    }
}
