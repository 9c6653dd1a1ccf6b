import EFDCore
import EFDS3

/// The destination of the files: a folder of this machine, or a bucket of an object store with a prefix of keys.
enum OutputURL: Equatable {
    case folder(String)
    /// The prefix has no slash at either end; it may be empty.
    case s3(bucket: String, prefix: String)

    /// `/folder`, `folder`, `file:///folder` or `s3://bucket/prefix`. Throws `parquet.outputRefused`.
    init(_ text: String) throws(EFDError) {
        guard let mark = text.firstRange(of: "://") else {
            self = .folder(try Self.path(text, text))
            return
        }
        let rest = text[mark.upperBound...]
        switch text[..<mark.lowerBound] {
        case "file":
            guard rest.hasPrefix("/") else { throw Self.refused(text, "a file:// URL needs three slashes") }
            self = .folder(try Self.path(String(rest), text))
        case "s3":
            let parts = rest.split(separator: "/")
            guard !rest.hasPrefix("/"), let bucket = parts.first else { throw Self.refused(text, "it names no bucket") }
            guard !parts.contains("."), !parts.contains(".."), !rest.contains("//"), !rest.contains("?") else {
                throw Self.refused(text, "keys of '.', '..', '//' or '?' are not stored by every server")
            }
            self = .s3(bucket: String(bucket), prefix: parts.dropFirst().joined(separator: "/"))
        default: throw Self.refused(text, "there is no such kind of output")
        }
    }

    private static func path(_ path: String, _ text: String) throws(EFDError) -> String {
        guard !path.isEmpty else { throw refused(text, "it is empty") }
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    private static func refused(_ text: String, _ why: String) -> EFDError {
        EFDError(
            .parquetOutputRefused, "--output '\(text)': \(why)",
            remedy: "Write a folder, file:///folder or s3://bucket/prefix.")
    }

    /// The same with subfolders.
    private func appending(_ folders: String) -> OutputURL {
        let parts = folders.split(separator: "/")
        switch self {
        case .folder(let path): return .folder(([Substring(path)] + parts).joined(separator: "/"))
        case .s3(let bucket, let prefix):
            return .s3(bucket: bucket, prefix: (prefix.split(separator: "/") + parts).joined(separator: "/"))
        }
    }

    /// The output of the settings, with the folders between it and the topics.
    init(_ settings: Settings) throws(EFDError) {
        self = try OutputURL(settings[ParquetSettings.output]).appending(settings[ParquetSettings.pathPrefix])
    }

    /// The store of the settings. Touches nothing.
    ///
    /// - Parameter retries: called for each retried request to an object store.
    static func store(_ settings: Settings, retries: @escaping @Sendable () -> Void = {}) throws(EFDError)
        -> any FileStore
    {
        switch try OutputURL(settings) {
        case .folder(let path): return LocalStore(root: path)
        case .s3(let bucket, let prefix):
            let environment = S3Environment.process
            let options = try S3Settings.standard.options(settings, bucket: bucket, environment: environment)
            let client = try S3Client(options, credentials: CredentialChain(environment), retries: retries)
            return S3Store(client, bucket: bucket, prefix: prefix, stagingArea: stagingArea(settings, environment))
        }
    }

    /// The local folder for copies of files, outside any output.
    static func stagingArea(_ settings: Settings, _ environment: S3Environment = .process) -> String {
        settings[ParquetSettings.stagingFolder] ?? "\(environment["TMPDIR"] ?? "/tmp")/parquet-sink"
    }
}
