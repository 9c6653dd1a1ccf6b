/// Credentials for an object store. Never prints its secrets, however it is printed.
public struct S3Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    public let accessKey: String
    let secretKey: String
    /// Only of temporary credentials.
    let sessionToken: String?
    /// Seconds since 1970; nil: they do not expire.
    let expires: Double?

    public init(accessKey: String, secretKey: String, sessionToken: String? = nil, expires: Double? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken?.isEmpty == true ? nil : sessionToken
        self.expires = expires
    }

    public var description: String { "access key \(accessKey), secret ***" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
