/// An ACL: who may perform an operation on a topic.
public struct AccessRule: Sendable, Hashable, CustomStringConvertible {
    public enum Operation: String, Sendable, CaseIterable {
        case all = "ALL"
        case read = "READ"
        case write = "WRITE"
        case create = "CREATE"
        case delete = "DELETE"
        case alter = "ALTER"
        case describe = "DESCRIBE"
        case clusterAction = "CLUSTER_ACTION"
        case describeConfigs = "DESCRIBE_CONFIGS"
        case alterConfigs = "ALTER_CONFIGS"
        case idempotentWrite = "IDEMPOTENT_WRITE"
    }

    /// The topic: a whole name, `*` for all, or a prefix of names.
    public var topic: String
    public var isPrefix = false
    /// Such as `User:telegraf`.
    public var principal: String
    /// An address, or `*`.
    public var host: String
    public var operation: Operation
    /// False: it denies.
    public var allows: Bool

    public init(topic: String, principal: String, host: String = "*", operation: Operation, allows: Bool = true) {
        (self.topic, self.principal, self.host, self.operation, self.allows) = (
            topic, principal, host, operation, allows
        )
    }

    public func covers(_ name: String) -> Bool { isPrefix ? name.hasPrefix(topic) : topic == "*" || topic == name }

    public var description: String {
        "\(allows ? "allow" : "deny") \(principal) from \(host) \(operation.rawValue) on "
            + "topic\(isPrefix ? "s that begin with" : "") \(topic)"
    }
}
