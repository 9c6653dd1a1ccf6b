import EFDCore
import EFDHTTP
import EFDTestKit
import Synchronization
import Testing

@Suite(.serialized) struct ServerAndClientTests {
    @Test(arguments: [0, 1, 1000, 65_536, 3_000_001])
    func bodiesComeBackByteForByte(count: Int) throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for method in [HTTPMethod.post, .put] {
            let answer = try connection.request(
                method, echo.url.appending("echo"), headers: ["Content-Type": "x/y"], body: body)
            #expect(answer.status == 200)
            #expect(answer.body == body)
            #expect(answer.headers["x-method"] == method.rawValue)
            #expect(answer.headers["X-CONTENT-TYPE"] == "x/y")
        }
    }

    @Test func everyMethodArrivesAsItself() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        let url = echo.url.appending("echo")
        #expect(try connection.request(.get, url).headers["X-Method"] == "GET")
        #expect(try connection.request(.post, url).headers["X-Method"] == "POST")
        #expect(try connection.request(.delete, url).headers["X-Method"] == "DELETE")
        #expect(try connection.request(.delete, url, body: [1, 2]).body == [1, 2])
        let head = try connection.request(.head, url)
        #expect(head.status == 200 && head.body.isEmpty)
        #expect(try connection.request(.get, url).headers["X-Method"] == "GET")
        let put = try connection.request(.put, url)
        #expect(put.headers["X-Method"] == "PUT" && put.headers["X-Content-Type"] == "none")
    }

    @Test func namesKeepTheirSlashesAndQueriesTheirSigns() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        let answer = try connection.request(.get, echo.url.appending("subjects", "a/b c%é+", "versions", "latest"))
        #expect(answer.text == "a/b c%é+ at latest")
        let query = try connection.request(
            .get, echo.url.appending("echo").querying(["a": "1 + 1 = 2 & 3", "é": "ü/?"]))
        #expect(query.headers["X-Query"] == "a=1 + 1 = 2 & 3|é=ü/?")
        #expect(
            RawClient.exchange(port: echo.server.address.port, "GET /subjects/a%2Fb/versions/1?x HTTP/1.0\r\n\r\n")
                .hasSuffix("a/b at 1"))
        #expect(
            RawClient.exchange(port: echo.server.address.port, "GET /subjects/a%2/versions/1 HTTP/1.0\r\n\r\n")
                .hasPrefix("HTTP/1.1 400"))
        #expect(
            RawClient.exchange(port: echo.server.address.port, "GET /echo?a=%zz HTTP/1.0\r\n\r\n").hasPrefix(
                "HTTP/1.1 400"))
    }

    @Test func whatNoRouteFitsIsRefused() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        let missing = try connection.request(.get, echo.url.appending("nowhere"))
        #expect(missing.status == 404)
        #expect(try missing.json()["error_code"] == 404)
        let wrong = try connection.request(.patch, echo.url.appending("echo"))
        #expect(wrong.status == 405)
        #expect(wrong.headers["Allow"] == "DELETE, GET, HEAD, POST, PUT")
        #expect(
            RawClient.exchange(port: echo.server.address.port, "BREW /echo HTTP/1.0\r\n\r\n").hasPrefix("HTTP/1.1 501"))
    }

    @Test func limitsHold() throws {
        let echo = try Echo { $0.maximumBodyBytes = 1000 }
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        let url = echo.url.appending("echo")
        #expect(try connection.request(.post, url, body: Array(repeating: 1, count: 1000)).status == 200)
        #expect(try connection.request(.post, url, body: Array(repeating: 1, count: 1001)).status == 413)
        #expect(try connection.request(.post, url, body: [1]).status == 200, "the connection opens again")
        let chunk = String(repeating: "a", count: 600)
        let chunked =
            """
            POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \
            chunked\r\n\r\n258\r\n\(chunk)\r\n258\r\n\(chunk)\r\n0\r\n\r\n
            """
        #expect(RawClient.exchange(port: echo.server.address.port, chunked).hasPrefix("HTTP/1.1 413"))
        let header = "GET /echo HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "x", count: 50_000))\r\n\r\n"
        #expect(RawClient.exchange(port: echo.server.address.port, header).hasPrefix("HTTP/1.1 431"))
    }

    @Test func aLargeAnswerIsCutOffByTheClient() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        var options = HTTPClientOptions()
        options.maximumResponseBytes = 100_000
        let connection = HTTPConnection(options)
        #expect(
            try connection.request(.get, echo.url.appending("large").querying(["bytes": "100000"])).body.count
                == 100_000)
        let error = #expect(throws: EFDError.self) {
            try connection.request(.get, echo.url.appending("large").querying(["bytes": "100001"]))
        }
        #expect(error?.code == "http.responseTooLarge")
        #expect(try connection.request(.get, echo.url.appending("echo")).status == 200, "the handle is good for more")
    }

    @Test(arguments: [HTTPServerOptions.Threads.polling(3), .perConnection])
    func manyThreadsShareOneClient(threads: HTTPServerOptions.Threads) throws {
        let echo = try Echo { $0.threads = threads }
        defer { echo.server.stop() }
        let client = HTTPClient()
        let good = Atomic<Int>(0)
        onThreads(8) { thread in
            for index in 0..<50 {
                let body = Array("thread \(thread) request \(index)".utf8)
                if let answer = try? client.request(.post, echo.url.appending("echo"), body: body), answer.body == body
                {
                    good.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(good.load(ordering: .relaxed) == 400)
    }

    @Test func aConnectionIsKeptAlive() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        var ends: Set<String> = []
        for _ in 0..<20 {
            #expect(try connection.request(.get, echo.url.appending("echo")).status == 200)
            ends.formUnion(peers(of: echo.server.address.port))
        }
        #expect(ends.count == 1)
    }

    @Test func aHandlerThatWaitsHoldsNobodyUpWithAThreadPerConnection() throws {
        let release = StopToken()
        var router = Echo.router
        router.on(.get, "/slow") { _ in
            release.wait(seconds: 20)
            return .text("late")
        }
        let echo = try Echo({ $0.threads = .perConnection }, router: router)
        defer { echo.server.stop() }
        let late = BoundedQueue<String>(capacity: 4)
        let ask: @Sendable () -> Void = {
            late.push((try? HTTPConnection().request(.get, echo.url.appending("slow")).text) ?? "lost")
        }
        for _ in 0..<4 { JoinableThread.detach("slow", ask) }
        for _ in 0..<50 { #expect(try HTTPConnection().request(.get, echo.url.appending("echo")).status == 200) }
        #expect(late.count == 0)
        release.stop()
        for _ in 0..<4 { #expect(late.pop() == "late") }
    }

    @Test func theConnectionLimitMakesClientsWait() throws {
        let echo = try Echo { $0.maximumConnections = 1 }
        defer { echo.server.stop() }
        var first: HTTPConnection? = HTTPConnection()
        #expect(try first!.request(.get, echo.url.appending("echo")).status == 200)
        var options = HTTPClientOptions()
        options.timeout = 0.3
        let error = #expect(throws: EFDError.self) {
            try HTTPConnection(options).request(.get, echo.url.appending("echo"))
        }
        #expect(error?.code == "http.timedOut" && error?.recovery == .retry)
        first = nil
        #expect(try HTTPConnection().request(.get, echo.url.appending("echo")).status == 200)
    }
}
