/// Names of named types (Avro 1.11, "Names").
enum AvroName {
    static func join(_ namespace: String, _ name: String) -> String {
        namespace.isEmpty ? name : "\(namespace).\(name)"
    }

    /// The full name of a name that may already be full.
    static func full(_ name: String, within namespace: String) -> String {
        name.contains(".") ? name : join(namespace, name)
    }

    static func split(_ fullName: String) -> (namespace: String, name: String) {
        guard let dot = fullName.lastIndex(of: ".") else { return ("", fullName) }
        return (String(fullName[..<dot]), String(fullName[fullName.index(after: dot)...]))
    }

    /// A letter or underscore, then letters, digits and underscores.
    static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, first == 0x5F || isLetter(first) else { return false }
        return text.utf8.allSatisfy { $0 == 0x5F || isLetter($0) || (0x30...0x39).contains($0) }
    }

    /// Names joined by dots.
    static func isFullName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isName($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }
}
