import EFDCore
import EFDHTTP

/// An error answer of the server.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
struct Refusal {
    let status: Int
    /// S3's error code, such as `NoSuchBucket`; empty if the answer has none, such as one without a body.
    let code: String
    private let detail: String
    private let region: String?

    init(_ response: HTTPResponse) {
        status = response.status
        let document = response.body.isEmpty ? nil : try? XMLElement.parse(response.body)
        // The error of STS is one level deeper.
        let error = document?["Error"] ?? document
        code = error?["Code"]?.text ?? ""
        detail = error?["Message"]?.text ?? ""
        region = error?["Region"]?.text ?? response.headers["x-amz-bucket-region"]
    }

    /// Temporary credentials have expired: renew them, then retry.
    var isAboutExpiry: Bool { ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(code) }

    /// A server-side or transient error.
    private var isPassing: Bool {
        if status >= 500 || status == 429 || status == 408 { return true }
        return [
            "SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "Throttling",
            "IncompleteBody",
        ].contains(code) || isAboutExpiry
    }

    private var remedy: String {
        switch (status, code) {
        case (_, "NoSuchBucket"): "Create the bucket, or correct --output."
        case (_, "InvalidAccessKeyId"), (_, "SignatureDoesNotMatch"):
            "Check the access key and the secret key: AWS_ACCESS_KEY_ID, or the credentials file."
        case (_, "RequestTimeTooSkewed"): "Set the clock of this machine."
        case (_, "AuthorizationHeaderMalformed"), (301, _), (307, _):
            "The bucket is in another region\(region.map { ": set --s3-region \($0)" } ?? ": set --s3-region")."
        case (_, "EntityTooLarge"): "Make files smaller by --rotate-bytes: one request may have 5 GiB."
        case (403, _): "Allow the key s3:GetObject, s3:PutObject, s3:DeleteObject and s3:ListBucket on the bucket."
        default: ""
        }
    }

    func error(_ attempt: String) -> EFDError {
        let what = [code, detail].filter { !$0.isEmpty }.joined(separator: ": ")
        return EFDError(
            isPassing ? .s3Unavailable : .s3Refused,
            "\(attempt): the server answered \(status)\(what.isEmpty ? "" : ", \(what)")", remedy: remedy,
            recovery: isPassing ? .retry : .intervene)
    }
}
