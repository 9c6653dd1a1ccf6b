import EFDCore

/// The topics that an output has.
enum TopicFolders {
    static func names(in store: any FileStore, matching pattern: String) throws(EFDError) -> [String] {
        guard let wanted = try? Regex(pattern) else { return [] }
        try (store as? LocalStore)?.checkThere()
        return try store.names(in: "").filter {
            !$0.hasPrefix("_") && !$0.hasPrefix(".") && (try? wanted.wholeMatch(in: $0)) != nil
        }
    }
}
