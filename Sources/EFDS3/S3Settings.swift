import EFDCore
import EFDHTTP

/// The settings of an object store. AWS's environment variables and files provide the rest.
public struct S3Settings: Sendable {
    public static let standard = S3Settings()

    public let endpoint = Setting<String?>.optional(
        "s3-endpoint", "URL",
        help: "URL of the object store; default: AWS_ENDPOINT_URL_S3, then AWS_ENDPOINT_URL, then AWS."
    ).aliases("store.url")
    public let region = Setting<String?>.optional(
        "s3-region", "REGION",
        help: "Region of the bucket; default: AWS_REGION, AWS_DEFAULT_REGION, the profile's, then us-east-1."
    ).aliases("s3.region")
    public let addressing = Setting<S3Options.Addressing>.choice(
        "s3-addressing", default: .auto,
        help:
            "Position of the bucket in the address: in the path (auto: with an own endpoint) or in the host's "
            + "name."
    )
    public let attempts = Setting<Int>.integer(
        "s3-attempts", default: 8, in: 1...100,
        help: "Attempts of a request, with growing delays, before the whole publication is retried.")
    public let authorityFile = Setting<String?>.optionalFile(
        "s3-ca-file", help: "PEM file of the certificate authorities for the store's certificate.")

    public var section: SettingsTable.Section {
        SettingsTable.Section(
            "Object store", [endpoint.spec, region.spec, addressing.spec, attempts.spec, authorityFile.spec])
    }

    /// The bucket's options, validated without touching the network.
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
