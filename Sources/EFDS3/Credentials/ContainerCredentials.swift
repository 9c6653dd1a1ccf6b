import EFDCore
import EFDHTTP

/// The role of a container in ECS or EKS: `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or `…_FULL_URI`.
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
struct ContainerCredentials: CredentialSource {
    let environment: S3Environment
    var name: String { "the container's role" }

    /// Hosts that may be contacted without TLS, beside this machine.
    private static let known = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"]

    func fetch() throws(EFDError) -> S3Credentials? {
        let relative = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"].map { "http://169.254.170.2\($0)" }
        guard let address = relative ?? environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else { return nil }
        let url = try HTTPURL(address)
        guard
            url.isSecure || Self.known.contains(url.host) || url.host == "localhost" || url.host == "::1"
                || url.host.hasPrefix("127.")
        else {
            throw EFDError(
                .s3CredentialsRefused,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI names \(url.host), which is neither local nor HTTPS")
        }
        var headers = HTTPHeaders()
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            headers["Authorization"] = String(decoding: try Files.read(file), as: UTF8.self).trimmed
        } else if let token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"] {
            headers["Authorization"] = token
        }
        let server = CredentialServer(name)
        return try server.credentials(try server.ask(.get, url, headers: headers))
    }
}
