import EFDCore

/// One page of a bucket's keys, from ListObjectsV2.
public struct Listing: Sendable, Equatable {
    public struct Object: Sendable, Equatable {
        public let key: String
        /// In bytes.
        public let size: Int
    }

    public var objects: [Object] = []
    /// Common prefixes of keys up to and including the delimiter.
    public var prefixes: [String] = []
    /// The token of the next page; nil: this is the last.
    var continuation: String?

    init(_ body: [UInt8]) throws(EFDError) {
        let root = try XMLElement.parse(body)
        guard root.name == "ListBucketResult" else {
            throw EFDError(.s3AnswerMalformed, "expected a listing, got \(root.name)", recovery: .retry)
        }
        for entry in root.all("Contents") {
            guard let key = entry["Key"]?.text, let size = entry["Size"].flatMap({ Int($0.text) }) else {
                throw EFDError(.s3AnswerMalformed, "an entry of a listing has no key or no size", recovery: .retry)
            }
            objects.append(Object(key: key, size: size))
        }
        prefixes = root.all("CommonPrefixes").compactMap { $0["Prefix"]?.text }
        if root["IsTruncated"]?.text == "true" { continuation = root["NextContinuationToken"]?.text }
    }
}
