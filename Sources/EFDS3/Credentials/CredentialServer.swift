import EFDCore
import EFDHTTP
import Glibc

/// Requests temporary credentials from a nearby server.
struct CredentialServer {
    let name: String
    /// A credential server is on this machine or next to it: it answers quickly or does not exist.
    private let http: HTTPConnection

    init(_ name: String, patience: Double = 5) {
        self.name = name
        var options = HTTPClientOptions()
        options.connectTimeout = min(2, patience)
        options.timeout = patience
        options.maximumResponseBytes = 1 << 20
        http = HTTPConnection(options)
    }

    /// The answer to a request that must succeed.
    func ask(_ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = [:]) throws(EFDError) -> HTTPResponse {
        let response = try http.request(method, url, headers: headers)
        guard response.isSuccess else {
            throw Refusal(response).error("\(name) on \(url.authority) gives no credentials")
        }
        return response
    }

    /// `{"AccessKeyId": …, "SecretAccessKey": …, "Token": …, "Expiration": …}`.
    func credentials(_ response: HTTPResponse) throws(EFDError) -> S3Credentials {
        let document = try response.json()
        guard let key = document["AccessKeyId"]?.string, let secret = document["SecretAccessKey"]?.string else {
            throw EFDError(
                .s3CredentialsIncomplete, "the answer of \(name) has no AccessKeyId or no SecretAccessKey",
                recovery: .retry)
        }
        return S3Credentials(
            accessKey: key, secretKey: secret, sessionToken: document["Token"]?.string,
            expires: document["Expiration"]?.string.flatMap(Self.seconds))
    }

    /// Seconds since 1970 of `2026-11-25T04:15:00Z`.
    static func seconds(_ text: String) -> Double? {
        let numbers = text.prefix(19).split { "-T:".contains($0) }.compactMap { Int32($0) }
        guard numbers.count == 6 else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
        return Double(timegm(&parts))
    }
}
