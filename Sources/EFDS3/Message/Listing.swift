import EFDCore

/// One page of the keys of a bucket, as ListObjectsV2 answers it.
public struct Listing: Sendable, Equatable {
    public struct Object: Sendable, Equatable {
        public let key: String
        /// In bytes.
        public let size: Int
    }

    public var objects: [Object] = []
    /// What keys have in common up to the delimiter, which is part of it.
    public var prefixes: [String] = []
    /// Asks for the next page; nil: this is the last.
    var continuation: String?

    init(_ body: [UInt8]) throws(EFDError) {
        let root = try XMLElement.parse(body)
        guard root.name == "ListBucketResult" else {
            throw EFDError(.s3AnswerMalformed, "a listing was asked for, \(root.name) came", recovery: .retry)
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
