import EFDCore
import EFDHTTP
import Testing

@testable import EFDS3

/// The examples that AWS publishes.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
@Suite struct SignatureTests {
    private let signature = Signature(
        credentials: S3Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")
    /// 2013-05-24T00:00:00Z
    private let now: Int64 = 1_369_353_600

    private func sign(_ method: HTTPMethod, _ address: String, _ headers: HTTPHeaders = [:], body: String = "") throws
        -> String
    {
        let signed = signature.sign(
            method, try HTTPURL(address), headers: headers, payload: Digest.sha256(body), now: now)
        return signed["Authorization"]?.split(separator: "=").last.map(String.init) ?? ""
    }

    @Test func anObjectIsRead() throws {
        let signed = try sign(.get, "https://examplebucket.s3.amazonaws.com/test.txt", ["Range": "bytes=0-9"])
        #expect(signed == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test func anObjectIsPut() throws {
        let headers: HTTPHeaders = [
            "Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
        ]
        let signed = try sign(
            .put, "https://examplebucket.s3.amazonaws.com/test%24file.text", headers, body: "Welcome to Amazon S3.")
        #expect(signed == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test func aParameterWithoutValueIsSigned() throws {
        #expect(
            try sign(.get, "https://examplebucket.s3.amazonaws.com/?lifecycle")
                == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test func keysAreListed() throws {
        let signed = try sign(.get, "https://examplebucket.s3.amazonaws.com/?prefix=J&max-keys=2")
        #expect(signed == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test func whatIsSentIsWhatWasSigned() throws {
        let temporary = Signature(
            credentials: S3Credentials(accessKey: "K", secretKey: "S", sessionToken: "T"), region: "eu-west-1")
        let signed = temporary.sign(
            .put, try HTTPURL("http://127.0.0.1:9000/b/k"), headers: ["If-None-Match": "*"], payload: Digest.sha256(""),
            now: now)
        #expect(
            signed["Host"] == "127.0.0.1:9000" && signed["X-Amz-Security-Token"] == "T"
                && signed["X-Amz-Date"] == "20130524T000000Z")
        #expect(
            signed["Authorization"]?.contains(
                "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token") == true)
        #expect(!"\(temporary.credentials)".contains("S\"") && "\(temporary.credentials)" == "access key K, secret ***")
    }
}
