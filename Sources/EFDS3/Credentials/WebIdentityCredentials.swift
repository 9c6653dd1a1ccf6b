import EFDCore
import EFDHTTP

/// A role assumed with the token of a Kubernetes service account: `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN`.
/// Source: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
struct WebIdentityCredentials: CredentialSource {
    let environment: S3Environment
    var name: String { "a web identity token" }

    func fetch() throws(EFDError) -> S3Credentials? {
        guard let file = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] else {
            return nil
        }
        let token = String(decoding: try Files.read(file), as: UTF8.self).trimmed
        let region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        let server = try HTTPURL(environment["AWS_ENDPOINT_URL_STS"] ?? "https://sts.\(region).amazonaws.com")
        let url = server.querying([
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role,
            "RoleSessionName": environment["AWS_ROLE_SESSION_NAME"] ?? "parquet-sink", "WebIdentityToken": token,
        ])
        let answer = try XMLElement.parse(try CredentialServer("the token service", patience: 20).ask(.post, url).body)
        guard let found = answer["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let key = found["AccessKeyId"]?.text,
            let secret = found["SecretAccessKey"]?.text
        else {
            throw EFDError(
                .s3CredentialsIncomplete, "the answer of the token service on \(server.authority) has no credentials",
                recovery: .retry)
        }
        return S3Credentials(
            accessKey: key, secretKey: secret, sessionToken: found["SessionToken"]?.text,
            expires: (found["Expiration"]?.text).flatMap(CredentialServer.seconds))
    }
}
