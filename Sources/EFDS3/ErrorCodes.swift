import EFDCore

/// Object stores.
extension EFDError.Code {
    /// An answer of the object store is not the expected XML.
    /// Action: Check that `--s3-endpoint` names an S3 server.
    static let s3AnswerMalformed = Self("s3.answerMalformed")

    /// An access key is given without its secret key, or the reverse.
    /// Action: Set both.
    static let s3CredentialsIncomplete = Self("s3.credentialsIncomplete")

    /// No source has credentials for the object store.
    /// Action: Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to ~/.aws/credentials.
    static let s3CredentialsMissing = Self("s3.credentialsMissing")

    /// The container credentials URI is neither local nor HTTPS.
    /// Action: Correct AWS_CONTAINER_CREDENTIALS_FULL_URI.
    static let s3CredentialsRefused = Self("s3.credentialsRefused")

    /// The AWS profile has no access key.
    /// Action: Write the keys into the profile; role_arn, sso and credential_process are not supported.
    static let s3ProfileUnusable = Self("s3.profileUnusable")

    /// The object store rejected a request.
    /// Action: Check bucket, region, credentials and the bucket's policy.
    static let s3Refused = Self("s3.refused")

    /// The object store cannot serve a request now.
    /// Action: None: the program retries. If it persists, check the object store.
    static let s3Unavailable = Self("s3.unavailable")
}
