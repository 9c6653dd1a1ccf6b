import EFDCore

/// The topics of an output.
struct TopicFolders {
    /// Those that are wanted.
    private(set) var names: [String] = []
    /// Files beside the topics' folders.
    let strays: [String]
    /// Whether the output has no topic at all.
    let isEmpty: Bool

    init(in store: any FileStore, wanted: TopicFilter) throws(EFDError) {
        try (store as? LocalStore)?.checkThere()
        let (folders, files) = try store.contents(of: "")
        let topics = folders.filter { !Self.isHidden($0) }
        isEmpty = topics.isEmpty
        names = topics.filter { wanted.takes($0) }
        strays = files.filter { !Self.isHidden($0) }
    }

    /// Readers of data sets pass over these names, too.
    private static func isHidden(_ name: String) -> Bool { name.hasPrefix("_") || name.hasPrefix(".") }

    /// An output or a pattern without a topic is probably mistyped, not free of faults.
    func nothing(in store: any FileStore, _ pattern: NamePattern) -> EFDError {
        EFDError(
            .parquetNoTopic,
            isEmpty
                ? "there is no topic in \(store.root)" : "no topic in \(store.root) matches '\(pattern)'",
            remedy: "Check --output, --path-prefix and --topic-regex.")
    }
}
