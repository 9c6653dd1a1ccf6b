/// Credentials for a server. Never prints its secret, however it is printed.
public enum HTTPCredentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    case basic(user: String, password: String)
    /// `Authorization: Bearer …`.
    case bearer(String)
    /// `Authorization: Token …`, which InfluxDB 2 requires.
    case token(String)

    public var description: String {
        switch self {
        case .basic(let user, _): "basic \(user):***"
        case .bearer: "bearer ***"
        case .token: "token ***"
        }
    }

    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
