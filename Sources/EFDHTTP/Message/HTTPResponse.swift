import EFDCore

/// A server's answer.
public struct HTTPResponse: Sendable, Equatable {
    public var status: Int
    public var headers: HTTPHeaders
    public var body: [UInt8]

    public init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as text; bytes that are not UTF-8 become replacement characters.
    public var text: String { String(decoding: body, as: UTF8.self) }

    public func json() throws(EFDError) -> JSON { try JSON.parse(body) }

    public static func text(_ text: String, status: Int = 200, contentType: String = "text/plain; charset=utf-8")
        -> HTTPResponse
    {
        HTTPResponse(status: status, headers: ["Content-Type": contentType], body: Array(text.utf8))
    }

    public static func json(_ value: JSON, status: Int = 200, contentType: String = "application/json") -> HTTPResponse
    {
        .text(value.text, status: status, contentType: contentType)
    }

    /// The error body of Kafka's own REST services: `{"error_code": …, "message": …}`.
    public static func error(
        _ status: Int, _ message: String, code: Int? = nil, contentType: String = "application/json"
    ) -> HTTPResponse {
        .json(
            ["error_code": .integer(Int64(code ?? status)), "message": .string(message)], status: status,
            contentType: contentType)
    }
}
