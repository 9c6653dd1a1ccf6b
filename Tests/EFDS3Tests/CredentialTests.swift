import EFDCore
import EFDHTTP
import EFDTestKit
import Foundation
import Testing

@testable import EFDS3

/// Sources of credentials, with our own servers instead of a cloud's.
@Suite struct CredentialTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "efd-aws-\(UUID().uuidString)")
    private let clock = Locked(1_800_000_000.0)
    /// So that nothing of this machine's own is found.
    private let nothing = [
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    ]

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

    private func file(_ name: String, _ text: String) throws -> String {
        let path = folder.appending(path: name).path
        try Files.write(Array(text.utf8), to: path)
        return path
    }

    private func chain(_ variables: [String: String]) -> CredentialChain {
        let environment = nothing.merging(variables) { $1 }
        return CredentialChain(S3Environment { environment[$0] })
    }

    private func document(_ key: String, expires: String = "2099-01-01T00:00:00Z") -> String {
        #"{"Code":"Success","AccessKeyId":"\#(key)","SecretAccessKey":"s","Token":"t","Expiration":"\#(expires)"}"#
    }

    @Test func theEnvironmentComesFirst() throws {
        let path = try file("c", "[default]\naws_access_key_id = F\naws_secret_access_key = f\n")
        let found = try chain([
            "AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e", "AWS_SESSION_TOKEN": "t",
            "AWS_SHARED_CREDENTIALS_FILE": path,
        ]).current()
        #expect(found == S3Credentials(accessKey: "E", secretKey: "e", sessionToken: "t"))
    }

    @Test func aProfileIsReadFromItsFiles() throws {
        let credentials = try file(
            "credentials",
            "# two\n[default]\naws_access_key_id=D\naws_secret_access_key=d=d\n\n[site]\naws_access_key_id = S\n")
        let config = try file(
            "config",
            """
            [profile site]\nregion = eu-south-1\ns3 =\n  region = no\naws_secret_access_key = \
            s\n[default]\nregion=us-west-2\n
            """
        )
        var variables = ["AWS_SHARED_CREDENTIALS_FILE": credentials, "AWS_CONFIG_FILE": config]
        #expect(try chain(variables).current() == S3Credentials(accessKey: "D", secretKey: "d=d"))
        variables["AWS_PROFILE"] = "site"
        let environment = variables
        #expect(try chain(variables).current() == S3Credentials(accessKey: "S", secretKey: "s"))
        #expect(ProfileCredentials(environment: S3Environment { environment[$0] }).region == "eu-south-1")
        variables["AWS_PROFILE"] = "none"
        let error = #expect(throws: EFDError.self) { try chain(variables).current() }
        #expect(error?.code == "s3.profileUnusable")
    }

    @Test func halfOfAKeyIsNotPassedOver() {
        let error = #expect(throws: EFDError.self) { try chain(["AWS_ACCESS_KEY_ID": "E"]).current() }
        #expect(error?.code == "s3.credentialsIncomplete")
    }

    @Test func withoutAnyThePlacesAreNamed() {
        let error = #expect(throws: EFDError.self) { try chain([:]).current() }
        #expect(error?.code == "s3.credentialsMissing" && error?.message.contains("the machine's role") == true)
    }

    @Test func aMachinesRoleIsAskedByVersionTwo() throws {
        let server = try HTTPServer(HTTPServerOptions()) { [self] request in
            switch (request.method, request.path) {
            case (.put, "/latest/api/token"):
                request.headers["X-aws-ec2-metadata-token-ttl-seconds"] == nil ? HTTPResponse(status: 400) : .text("T")
            case (.get, "/latest/meta-data/iam/security-credentials")
            where request.headers["X-aws-ec2-metadata-token"] == "T": .text("efd-role\n")
            case (.get, "/latest/meta-data/iam/security-credentials/efd-role")
            where request.headers["X-aws-ec2-metadata-token"] == "T": .text(document("M"))
            default: HTTPResponse(status: 401)
            }
        }
        defer { server.stop() }
        let found = try chain([
            "AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://\(server.address)",
        ]).current()
        #expect(found == S3Credentials(accessKey: "M", secretKey: "s", sessionToken: "t", expires: 4_070_908_800))
    }

    @Test func aContainersRoleIsAskedWithItsToken() throws {
        let server = try HTTPServer(HTTPServerOptions()) { [self] request in
            request.path == "/role" && request.headers["Authorization"] == "secret word"
                ? .text(document("C")) : HTTPResponse(status: 403)
        }
        defer { server.stop() }
        let token = try file("token", "secret word\n")
        let address = "http://\(server.address)/role"
        let found = try chain([
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": address, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token,
        ]).current()
        #expect(found.accessKey == "C")
        #expect(throws: EFDError.self, "the token is not there") {
            try chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": address]).current()
        }
        let error = #expect(throws: EFDError.self) {
            try chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://192.0.2.1/role"]).current()
        }
        #expect(error?.code == "s3.credentialsRefused")
    }

    @Test func aServiceAccountTakesOnARole() throws {
        let server = try HTTPServer(HTTPServerOptions()) { request in
            guard request.query("Action") == "AssumeRoleWithWebIdentity", request.query("WebIdentityToken") == "jwt+/=",
                request.query("RoleArn") == "arn:x/y"
            else {
                return .text(
                    "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>",
                    status: 403)
            }
            return .text(
                """
                <AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>W</AccessKeyId><SecretAccessKey>w</SecretAccessKey>
                <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
                </AssumeRoleWithWebIdentityResponse>
                """)
        }
        defer { server.stop() }
        let token = try file("jwt", "jwt+/=\n")
        var variables = [
            "AWS_WEB_IDENTITY_TOKEN_FILE": token, "AWS_ROLE_ARN": "arn:x/y",
            "AWS_ENDPOINT_URL_STS": "http://\(server.address)",
        ]
        #expect(
            try chain(variables).current()
                == S3Credentials(accessKey: "W", secretKey: "w", sessionToken: "t", expires: 4_070_908_800))
        variables["AWS_ROLE_ARN"] = "arn:other"
        let error = #expect(throws: EFDError.self) { try chain(variables).current() }
        #expect(error?.code == "s3.refused" && error?.message.contains("AccessDenied") == true)
    }

    private struct Renewing: CredentialSource {
        let name = "a test"
        let count = Locked(0)
        let clock: Locked<Double>
        let fails = Locked(false)

        func fetch() throws(EFDError) -> S3Credentials? {
            if fails.withLock({ $0 }) { throw EFDError("test.away", "away", recovery: .retry) }
            let number = count.withLock { count in
                count += 1
                return count
            }
            return S3Credentials(accessKey: "\(number)", secretKey: "s", expires: clock.withLock { $0 } + 3600)
        }
    }

    @Test func temporaryOnesAreRenewedInTime() throws {
        let source = Renewing(clock: clock)
        let chain = CredentialChain([source]) { [clock] in clock.withLock { $0 } }
        #expect(try chain.current().accessKey == "1")
        clock.withLock { $0 += 3200 }
        #expect(try chain.current().accessKey == "1")
        clock.withLock { $0 += 200 }
        source.fails.withLock { $0 = true }
        #expect(try chain.current().accessKey == "1", "they still serve while none can be fetched")
        source.fails.withLock { $0 = false }
        #expect(try chain.current().accessKey == "2")
        chain.expire()
        #expect(try chain.current().accessKey == "3")
        source.fails.withLock { $0 = true }
        clock.withLock { $0 += 4000 }
        #expect(throws: EFDError.self) { try chain.current() }
    }
}
