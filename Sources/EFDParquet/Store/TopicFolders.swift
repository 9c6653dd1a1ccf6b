import EFDCore

/// The topics of an output.
enum TopicFolders {
    static func names(in store: any FileStore, wanted: TopicFilter) throws(EFDError) -> [String] {
        try (store as? LocalStore)?.checkThere()
        return try store.names(in: "").filter {
            !$0.hasPrefix("_") && !$0.hasPrefix(".") && wanted.takes($0)
        }
    }
}
