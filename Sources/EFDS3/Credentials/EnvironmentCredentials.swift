import EFDCore

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`.
struct EnvironmentCredentials: CredentialSource {
    let environment: S3Environment
    var name: String { "the environment" }

    func fetch() throws(EFDError) -> S3Credentials? {
        guard let key = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw EFDError(.s3CredentialsIncomplete, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY")
        }
        return S3Credentials(accessKey: key, secretKey: secret, sessionToken: environment["AWS_SESSION_TOKEN"])
    }
}
