import EFDCore

/// The files `~/.aws/credentials` and `~/.aws/config`: the profile of `AWS_PROFILE`, else `default`.
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct ProfileCredentials: CredentialSource {
    let environment: S3Environment
    var name: String { "the files \(paths.credentials) and \(paths.config)" }

    private var profile: String { environment["AWS_PROFILE"] ?? "default" }
    private var paths: (credentials: String, config: String) {
        let home = (environment["HOME"] ?? "") + "/.aws"
        return (
            environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "\(home)/credentials",
            environment["AWS_CONFIG_FILE"] ?? "\(home)/config"
        )
    }

    func fetch() throws(EFDError) -> S3Credentials? {
        let values = values
        guard let key = values["aws_access_key_id"] else {
            guard environment["AWS_PROFILE"] == nil else {
                throw EFDError(
                    .s3ProfileUnusable, "the profile \(profile) of AWS_PROFILE has no access key in \(name)",
                    remedy: "Write keys into the profile; role_arn, sso and credential_process are not supported.")
            }
            return nil
        }
        guard let secret = values["aws_secret_access_key"] else {
            throw EFDError(
                .s3CredentialsIncomplete, "the profile \(profile) in \(name) has an access key without a secret key")
        }
        return S3Credentials(accessKey: key, secretKey: secret, sessionToken: values["aws_session_token"])
    }

    var region: String? { values["region"] }

    /// The pairs of both files; the credentials file takes precedence. Missing files are empty.
    private var values: [String: String] {
        let config = Self.section(
            (try? Files.read(paths.config)) ?? [],
            profile == "default" ? ["default", "profile default"] : ["profile \(profile)"])
        return config.merging(Self.section((try? Files.read(paths.credentials)) ?? [], [profile])) { $1 }
    }

    /// The pairs of the sections of these names.
    static func section(_ bytes: [UInt8], _ names: [String]) -> [String: String] {
        var values: [String: String] = [:]
        var isWanted = false
        for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
            let text = line.trimmed
            if text.hasPrefix("#") || text.hasPrefix(";") { continue }
            if text.hasPrefix("["), text.hasSuffix("]") {
                isWanted = names.contains(text.dropFirst().dropLast().trimmed)
                // Indented lines belong to the setting above them.
            } else if isWanted, line.first?.isWhitespace == false, let mark = text.firstIndex(of: "=") {
                values[text[..<mark].trimmed] = text[text.index(after: mark)...].trimmed
            }
        }
        return values
    }
}
