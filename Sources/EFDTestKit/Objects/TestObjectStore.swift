import EFDCore
import EFDHTTP
import EFDS3
import Foundation

/// A real MinIO server on loopback, from the shared parts. It ends with the test process, however that ends.
public final class TestObjectStore: @unchecked Sendable {
    public static let isAvailable = SharedParts.folder("s3") != nil
    /// One for all tests of this process; each makes buckets of its own.
    public static let shared: Result<TestObjectStore, any Error> = Result { try TestObjectStore() }

    public let url: String
    private let process: TestProcess

    /// What a program needs to be let in. The metadata service of a cloud is never looked for.
    public static let environment = [
        "AWS_ACCESS_KEY_ID": "testroot", "AWS_SECRET_ACCESS_KEY": "testroot-secret",
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    ]

    public init() throws {
        guard let folder = SharedParts.folder("s3") else {
            throw EFDError("testkit.objectsMissing", "there is no part s3")
        }
        let data = FileManager.default.temporaryDirectory.appending(path: "efd-test-objects-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: data.appending(path: "certs"), withIntermediateDirectories: true)
        let port = try HTTPServer.freePort()
        url = "http://127.0.0.1:\(port)"
        process = try SharedParts.start(
            "\(folder)/minio",
            ["server", "--certs-dir", "\(data.path)/certs", "--address", "127.0.0.1:\(port)", "\(data.path)/data"],
            environment: [
                "MINIO_ROOT_USER": "testroot", "MINIO_ROOT_PASSWORD": "testroot-secret", "MINIO_BROWSER": "off",
                "MINIO_UPDATE": "off", "MINIO_CI_CD": "1",
            ])
        let page = try HTTPURL(url + "/minio/health/ready")
        _ = try until(seconds: 60, "MinIO does not start:\n\(process.output)") {
            (try? HTTPClient().request(.get, page))?.isSuccess == true ? true : nil
        }
    }

    /// A bucket that nobody else has.
    public func makeBucket() throws -> String {
        let name = "test-\(UUID().uuidString.lowercased())"
        let client = try client(bucket: name)
        try client.put("", UnsafeRawBufferPointer(start: nil, count: 0))
        return name
    }

    /// - Parameter address: of the server, or of a proxy before it.
    public func client(
        bucket: String, address: String? = nil, environment: [String: String] = TestObjectStore.environment,
        attempts: Int = 8,
        retries: @escaping @Sendable () -> Void = {}
    ) throws -> S3Client {
        var options = S3Options(bucket: bucket)
        options.endpoint = try HTTPURL(address ?? url)
        options.attempts = attempts
        options.backoffBase = 0.02
        options.backoffCap = 1
        return try S3Client(options, credentials: CredentialChain(S3Environment { environment[$0] }), retries: retries)
    }
}

extension HTTPServer {
    /// A port of loopback that nothing listens on at the moment.
    static func freePort() throws(EFDError) -> UInt16 {
        let server = try HTTPServer(HTTPServerOptions()) { _ in HTTPResponse(status: 503) }
        defer { server.stop() }
        return server.address.port
    }
}
