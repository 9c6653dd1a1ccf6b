import EFDCore
import EFDHTTP
import EFDTestKit
import Testing

@testable import EFDS3

/// Against a real server, and one of our own for answers that a real one gives too seldom.
@Suite struct ClientTests {
    private func put(_ client: S3Client, _ key: String, _ text: String) throws {
        try Array(text.utf8).withUnsafeBytes { try client.put(key, $0) }
    }

    private func create(_ client: S3Client, _ key: String, _ text: String) throws -> Bool {
        try Array(text.utf8).withUnsafeBytes { try client.create(key, $0) }
    }

    @Test(.enabled(if: TestObjectStore.isAvailable, "needs the shared part s3"))
    func objectsArePutReadListedAndDeleted() throws {
        let store = try TestObjectStore.shared.get()
        let client = try store.client(bucket: store.makeBucket())
        let key = "a b/year=2026/lsst.sal.Test+0+0000000001-2.zstd.parquet"
        #expect(try client.get(key) == nil && client.size(key) == nil)
        try put(client, key, "hello world")
        try put(client, "a b/empty", "")
        #expect(
            try client.get(key) == Array("hello world".utf8) && client.size(key) == 11 && client.get("a b/empty") == [])
        #expect(try client.get(key, 6..<11) == Array("world".utf8))
        var listings: [Listing] = []
        try client.list(prefix: "a b/") { listings.append($0) }
        try client.list(prefix: "a b/", delimiter: "/") { listings.append($0) }
        #expect(
            listings[0].objects == [.init(key: "a b/empty", size: 0), .init(key: key, size: 11)]
                && listings[0].prefixes.isEmpty)
        #expect(listings[1].objects.map(\.key) == ["a b/empty"] && listings[1].prefixes == ["a b/year=2026/"])
        try client.delete(key)
        try client.delete(key)
        #expect(try client.get(key) == nil)
    }

    @Test(.enabled(if: TestObjectStore.isAvailable, "needs the shared part s3")) func whatIsThereIsNotCreatedAgain()
        throws
    {
        let store = try TestObjectStore.shared.get()
        let client = try store.client(bucket: store.makeBucket())
        #expect(try create(client, "claim", "one"))
        #expect(try !create(client, "claim", "two"))
        #expect(try client.get("claim") == Array("one".utf8))
        try put(client, "claim", "two")
        #expect(try client.get("claim") == Array("two".utf8))
    }

    @Test(.enabled(if: TestObjectStore.isAvailable, "needs the shared part s3")) func whatAPersonMustMendIsSaid() throws
    {
        let store = try TestObjectStore.shared.get()
        let bucket = try store.makeBucket()
        let wrong = try store.client(
            bucket: bucket, environment: TestObjectStore.environment.merging(["AWS_SECRET_ACCESS_KEY": "wrong"]) { $1 })
        let secret = #expect(throws: EFDError.self) { try wrong.get("x") }
        #expect(
            secret?.recovery == .intervene && secret?.message.contains("SignatureDoesNotMatch") == true
                && secret?.message.contains("wrong") == false)
        let missing = #expect(throws: EFDError.self) { try store.client(bucket: "no-such-bucket").get("x") }
        #expect(missing?.recovery == .intervene && missing?.remedy.contains("Create the bucket") == true)
    }

    /// The bytes of an answer end before the answer does: the object has landed, and the client cannot know.
    @Test(.enabled(if: TestObjectStore.isAvailable && Toxiproxy.isAvailable, "needs the shared parts s3 and toxiproxy"))
    func aLostAnswerIsNoFault() throws {
        let store = try TestObjectStore.shared.get()
        let bucket = try store.makeBucket()
        let proxy = try Toxiproxy.shared.get().proxy(to: String(store.url.dropFirst("http://".count)))
        try proxy.add("limit_data", .downstream, ["bytes": 60])
        // The second attempt finds the way free.
        let client = try store.client(bucket: bucket, address: "http://\(proxy.address)") {
            try? proxy.remove("limit_data")
        }
        #expect(try !create(client, "claim", "mine"), "the first attempt has created it")
        #expect(try client.get("claim") == Array("mine".utf8))
        try proxy.add("limit_data", .downstream, ["bytes": 60])
        try put(client, "file", "file")
        #expect(try client.get("file") == Array("file".utf8))
    }

    @Test(.enabled(if: TestObjectStore.isAvailable && Toxiproxy.isAvailable, "needs the shared parts s3 and toxiproxy"))
    func aBadNetworkIsOutlasted() throws {
        let store = try TestObjectStore.shared.get()
        let proxy = try Toxiproxy.shared.get().proxy(to: String(store.url.dropFirst("http://".count)))
        let retries = Locked(0)
        let client = try store.client(bucket: store.makeBucket(), address: "http://\(proxy.address)", attempts: 30) {
            retries.withLock { $0 += 1 }
        }
        let large = [UInt8](repeating: 7, count: 3 << 20)
        for (toxic, attributes) in [("latency", ["latency": 40, "jitter": 30]), ("bandwidth", ["rate": 4000])]
            as [(String, KeyValuePairs<String, Int>)]
        {
            try proxy.add(toxic, .upstream, attributes)
            try large.withUnsafeBytes { try client.put("large", $0) }
            #expect(try client.get("large") == large)
            try proxy.remove(toxic)
        }
        #expect(retries.withLock { $0 } == 0, "slow is not a fault")
        try proxy.add("reset_peer", .downstream, share: 0.5, ["timeout": 0])
        try proxy.setUp(false)
        let down = JoinableThread("down") {
            MonotonicClock.sleep(seconds: 1.5)
            try? proxy.setUp(true)
        }
        for number in 0..<40 { try put(client, "n/\(number)", "\(number)") }
        down.join()
        try proxy.remove("reset_peer")
        var count = 0
        try client.list(prefix: "n/") { count += $0.objects.count }
        #expect(count == 40 && retries.withLock { $0 } > 0)
    }

    @Test func pagesOfAListingAreAskedForOneByOne() throws {
        let server = try HTTPServer(HTTPServerOptions()) { request in
            let page = request.query("continuation-token").flatMap { Int($0) } ?? 0
            let more =
                page < 2
                ? "<IsTruncated>true</IsTruncated><NextContinuationToken>\(page + 1)</NextContinuationToken>" : ""
            return .text(
                "<ListBucketResult><Contents><Key>k\(page)</Key><Size>\(page)</Size></Contents>\(more)</ListBucketResult>"
            )
        }
        defer { server.stop() }
        var keys: [String] = []
        try client(server).list(prefix: "k") { keys += $0.objects.map(\.key) }
        #expect(keys == ["k0", "k1", "k2"])
    }

    @Test(arguments: [
        (500, ""), (503, "SlowDown"), (400, "RequestTimeout"), (409, "ConditionalRequestConflict"), (429, ""),
        (400, "ExpiredToken"),
    ])
    func whatMayPassIsTriedAgain(status: Int, code: String) throws {
        let count = Locked(0)
        let server = try HTTPServer(HTTPServerOptions()) { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number < 4
                ? .text(code.isEmpty ? "" : "<Error><Code>\(code)</Code></Error>", status: status) : .text("")
        }
        defer { server.stop() }
        #expect(try create(client(server), "k", "x"))
        #expect(count.withLock { $0 } == 4)
    }

    @Test(arguments: [(403, "AccessDenied"), (301, "PermanentRedirect"), (501, "NotImplemented")])
    func whatCannotPassIsReportedAtOnceOrAfterAFewTries(status: Int, code: String) throws {
        let count = Locked(0)
        let server = try HTTPServer(HTTPServerOptions()) { _ in
            count.withLock { $0 += 1 }
            return .text(
                "<Error><Code>\(code)</Code><Message>no</Message><Region>eu-west-3</Region></Error>", status: status)
        }
        defer { server.stop() }
        let error = #expect(throws: EFDError.self) { try client(server).get("k") }
        #expect(error?.message.contains(code) == true)
        #expect(count.withLock { $0 } == (status == 501 ? 5 : 1))
        if status == 301 { #expect(error?.remedy.contains("--s3-region eu-west-3") == true) }
    }

    private func client(_ server: HTTPServer) throws -> S3Client {
        var options = S3Options(bucket: "bucket")
        options.endpoint = try HTTPURL("http://\(server.address)")
        options.attempts = 5
        options.backoffBase = 0.01
        options.backoffCap = 0.05
        return try S3Client(options, credentials: CredentialChain(S3Environment { TestObjectStore.environment[$0] }))
    }

    @Test func theBucketStandsWhereItIsToStand() throws {
        var options = S3Options(bucket: "efd")
        #expect(try options.base().description == "https://efd.s3.us-east-1.amazonaws.com:443/")
        options.addressing = .path
        #expect(try options.base().description == "https://s3.us-east-1.amazonaws.com:443/efd")
        options.endpoint = try HTTPURL("http://minio:9000")
        options.addressing = .auto
        #expect(try options.base().description == "http://minio:9000/efd")
        options.addressing = .virtual
        #expect(try options.base().description == "http://efd.minio:9000/")
    }
}
