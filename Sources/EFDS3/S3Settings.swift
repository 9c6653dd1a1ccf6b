import EFDCore
import EFDHTTP

/// The settings that reach an object store. What they leave open is taken from the variables and files of AWS's own
/// tools.
public struct S3Settings: Sendable {
    public static let standard = S3Settings()

    public let endpoint = Setting<String?>.optional(
        "s3-endpoint", "URL",
        help: "Address of the object store; else AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL has it, else it is AWS's own."
    ).aliases("store.url")
    public let region = Setting<String?>.optional(
        "s3-region", "REGION",
        help: "Region of the bucket; else AWS_REGION, AWS_DEFAULT_REGION or the profile has it, else it is us-east-1."
    ).aliases("s3.region")
    public let addressing = Setting<S3Options.Addressing>.choice(
        "s3-addressing", default: .auto,
        help:
            "Where the bucket stands in an address: in the path (auto: with an endpoint of your own) or in the host's "
            + "name."
    )
    public let attempts = Setting<Int>.integer(
        "s3-attempts", default: 8, in: 1...100,
        help: "Times that a request is tried, with growing waits, before the whole publication is.")
    public let authorityFile = Setting<String?>.optionalFile(
        "s3-ca-file", help: "PEM file of the authorities that the store's certificate is checked against.")

    public var section: SettingsTable.Section {
        SettingsTable.Section(
            "Object store", [endpoint.spec, region.spec, addressing.spec, attempts.spec, authorityFile.spec])
    }

    /// What the values say of a bucket, checked without touching the network.
    public func options(_ settings: Settings, bucket: String, environment: S3Environment) throws(EFDError) -> S3Options
    {
        var options = S3Options(bucket: bucket)
        if let address = settings[endpoint] ?? environment["AWS_ENDPOINT_URL_S3"] ?? environment["AWS_ENDPOINT_URL"] {
            options.endpoint = try HTTPURL(address)
        }
        let profile = ProfileCredentials(environment: environment)
        options.region =
            settings[region] ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? profile.region
            ?? options.region
        options.addressing = settings[addressing]
        options.attempts = settings[attempts]
        if let path = settings[authorityFile] {
            do throws(EFDError) { try Files.checkReadable(path) } catch { throw error.during(authorityFile.spec.flag) }
            options.http.tls.authorityFile = path
        }
        return options
    }
}
