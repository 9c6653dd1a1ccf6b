import EFDCore
import EFDHTTP

/// AWS Signature Version 4: authenticates a request and protects it from changes.
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct Signature {
    let credentials: S3Credentials
    let region: String
    var service = "s3"

    /// The headers given and those of the signature, all signed.
    ///
    /// - Parameters:
    ///   - payload: SHA-256 of the body.
    ///   - now: seconds since 1970.
    func sign(_ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders, payload: [UInt8], now: Int64) -> HTTPHeaders {
        let time = Self.time(now)
        let scope = "\(time.prefix(8))/\(region)/\(service)/aws4_request"
        var signed = headers
        // libcurl omits a scheme's default port; the signature must match.
        let isOwnPort = url.port == (url.isSecure ? 443 : 80)
        signed["Host"] = isOwnPort ? String(url.authority.dropLast(String(url.port).count + 1)) : url.authority
        signed["X-Amz-Content-Sha256"] = Digest.hex(payload)
        signed["X-Amz-Date"] = time
        if let token = credentials.sessionToken { signed["X-Amz-Security-Token"] = token }
        let names = signed.entries.map { (key: $0.name.lowercased(), value: $0.value) }.sorted { $0.key < $1.key }
        let list = names.map(\.key).joined(separator: ";")
        let request = [
            method.rawValue, url.path.isEmpty ? "/" : url.path, Self.sorted(url.query),
            names.map { "\($0.key):\($0.value)\n" }.joined(), list,
            Digest.hex(payload),
        ].joined(separator: "\n")
        let text = "AWS4-HMAC-SHA256\n\(time)\n\(scope)\n\(Digest.hex(Digest.sha256(request)))"
        let signature = Digest.hex(Digest.hmac(key(day: String(time.prefix(8))), text))
        signed["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope), SignedHeaders=\(list), "
            + "Signature=\(signature)"
        return signed
    }

    private func key(day: String) -> [UInt8] {
        [day, region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secretKey)".utf8)) {
            Digest.hmac($0, $1)
        }
    }

    /// A parameter without a value still has a `=`.
    private static func sorted(_ query: String?) -> String {
        guard let query else { return "" }
        return query.split(separator: "&").map { $0.contains("=") ? String($0) : "\($0)=" }.sorted().joined(
            separator: "&")
    }

    /// `20261125T041500Z`.
    static func time(_ seconds: Int64) -> String {
        Timestamp.text(nanoseconds: seconds * 1_000_000_000).prefix(19).filter { $0 != "-" && $0 != ":" } + "Z"
    }
}
