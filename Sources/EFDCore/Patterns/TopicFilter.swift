/// Which topics a program works on: those whose whole name matches `include` and not `exclude`.
public struct TopicFilter: Sendable {
    public let include: NamePattern
    public let exclude: NamePattern?
    /// Topics that are always excluded: dead letters, a program's own records.
    public let never: Set<String>

    public init(include: NamePattern, exclude: NamePattern? = nil, never: Set<String> = []) {
        self.include = include
        self.exclude = exclude
        self.never = never
    }

    public func takes(_ topic: String) -> Bool {
        !never.contains(topic) && include.matches(topic) && !(exclude?.matches(topic) ?? false)
    }
}
