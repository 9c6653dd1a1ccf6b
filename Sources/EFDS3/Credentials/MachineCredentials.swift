import EFDCore
import EFDHTTP

/// The role of an EC2 machine, by version 2 of its metadata service.
/// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
struct MachineCredentials: CredentialSource {
    let environment: S3Environment
    var name: String { "the machine's role" }

    func fetch() throws(EFDError) -> S3Credentials? {
        if environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() == "true" { return nil }
        let url = try HTTPURL(environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254").appending(
            "latest")
        let server = CredentialServer(name)
        let token: HTTPResponse
        do throws(EFDError) {
            token = try server.ask(
                .put, url.appending("api", "token"), headers: ["X-aws-ec2-metadata-token-ttl-seconds": "21600"])
        } catch {
            // Outside EC2 nobody answers: not an error, the machine has no role.
            return nil
        }
        let headers: HTTPHeaders = ["X-aws-ec2-metadata-token": token.text]
        let roles = url.appending("meta-data", "iam", "security-credentials")
        guard let role = try server.ask(.get, roles, headers: headers).text.split(whereSeparator: \.isNewline).first
        else { return nil }
        return try server.credentials(try server.ask(.get, roles.appending(role.trimmed), headers: headers))
    }
}
