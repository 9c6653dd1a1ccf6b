import EFDCore
import EFDHTTP

/// The destination of points: server, database, retention policy and credentials.
public struct InfluxTarget: Sendable {
    public var url: HTTPURL
    public var database: String
    public var retentionPolicy = "autogen"
    public var credentials: HTTPCredentials?
    public var interface = InfluxSettings.Interface.v1
    /// The bucket's organization, with interface 2.
    public var organization: String?
    /// Seconds for one request.
    public var timeout = 60.0
    /// Ends queries in progress, and waits. Writes continue: records that were read are stored before the process ends.
    public var stop: StopToken?

    public init(url: HTTPURL, database: String) { (self.url, self.database) = (url, database) }

    public init(_ settings: Settings, stop: StopToken? = nil) throws(EFDError) {
        url = try HTTPURL(settings[InfluxSettings.url])
        database = settings[InfluxSettings.database]
        retentionPolicy = settings[InfluxSettings.retentionPolicy]
        interface = settings[InfluxSettings.interface]
        organization = settings[InfluxSettings.organization]
        timeout = settings[InfluxSettings.requestTimeout]
        self.stop = stop
        credentials = try Self.credentials(settings, url)
        if interface == .v2, credentials == nil {
            throw EFDError(
                .influxCredentialsIncomplete, "--influxdb-api 2 requires a token, and none is set",
                remedy: "Set --influxdb-token, or --influxdb-user and --influxdb-password.")
        }
    }

    /// For a program with only the settings of `InfluxSettings.querySection`.
    public init(querying settings: Settings, stop: StopToken) throws(EFDError) {
        url = try HTTPURL(settings[InfluxSettings.url])
        database = settings[InfluxSettings.database]
        retentionPolicy = settings[InfluxSettings.retentionPolicy]
        credentials = try Self.credentials(settings, url)
        self.stop = stop
    }

    private static func credentials(_ settings: Settings, _ url: HTTPURL) throws(EFDError) -> HTTPCredentials? {
        let password = settings[InfluxSettings.password]
        switch (settings[InfluxSettings.token], settings[InfluxSettings.user]) {
        case (let token?, nil): return .token(token)
        case (nil, let user?): return .basic(user: user, password: password ?? "")
        case (_?, _?):
            throw EFDError(
                .influxCredentialsTwice, "--influxdb-token and --influxdb-user exclude each other",
                remedy: "Set one of them.")
        case (nil, nil):
            if password != nil, url.credentials == nil {
                throw EFDError(
                    .influxCredentialsIncomplete, "--influxdb-password is set without --influxdb-user",
                    remedy: "Set --influxdb-user.")
            }
            return url.credentials
        }
    }

    /// The URL for lines with times in nanoseconds.
    var writeURL: HTTPURL {
        switch interface {
        case .v1: return url.appending("write").querying(["db": database, "rp": retentionPolicy])
        case .v2:
            // 1.x maps the bucket `database/policy` on this path.
            let bucket = retentionPolicy == "autogen" ? database : "\(database)/\(retentionPolicy)"
            let base = url.appending("api", "v2", "write").querying(["bucket": bucket, "precision": "ns"])
            return organization.map { base.querying(["org": $0]) } ?? base
        }
    }

    /// Identifies the destination of points, independent of the user.
    var place: String { "\(url.authority)\(url.path) \(database) \(retentionPolicy)" }

    var httpOptions: HTTPClientOptions {
        var options = HTTPClientOptions()
        options.credentials = credentials
        options.timeout = timeout
        return options
    }

    /// Queries the same server as the same user.
    public var query: InfluxQuery { InfluxQuery(url, credentials: credentials, timeout: timeout, stop: stop) }
}
