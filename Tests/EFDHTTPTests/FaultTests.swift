import EFDCore
import EFDHTTP
import EFDTestKit
import Synchronization
import Testing

@Suite(.serialized) struct FaultTests {
    @Test func anAbsentServerIsNamedWithoutItsPassword() throws {
        let echo = try Echo()
        let port = echo.server.address.port
        echo.server.stop()
        let error = #expect(throws: EFDError.self) {
            try HTTPConnection().request(
                .get, HTTPURL("http://root:hunter2@127.0.0.1:\(port)/query").querying(["q": "SHOW"]))
        }
        #expect(error?.code == "http.unreachable" && error?.recovery == .retry)
        #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        #expect(error?.description.contains("hunter2") == false && error?.description.contains("root") == false)
    }

    @Test(arguments: [
        "", "nonsense", "ftp://root:hunter2@host/", "http://", "http://root:hunter2@:80:90/", "http://host:99999",
        "/path", "http://a b/",
    ])
    func aMalformedURLIsRefusedWithoutItsPassword(text: String) {
        let error = #expect(throws: EFDError.self) { try HTTPURL(text) }
        #expect(error?.code == "http.urlMalformed")
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func urlsComeApart() throws {
        let url = try HTTPURL("https://us%40er:p%3Aw@[::1]:8443/base/path/?a=1")
        #expect(url.authority == "[::1]:8443")
        #expect(url.credentials == .basic(user: "us@er", password: "p:w"))
        #expect(url.appending("x/y").querying(["b": " "]).description == "https://[::1]:8443/base/path/x%2Fy?a=1&b=%20")
        #expect(try HTTPURL("http://host").port == 80)
        #expect(try HTTPURL("https://host").port == 443)
        var shown = ""
        dump(HTTPCredentials.basic(user: "u", password: "hunter2"), to: &shown)
        #expect(!shown.contains("hunter2") && !"\(url) \(url.credentials!)".contains("p:w"))
    }

    @Test(arguments: [
        (HTTPCredentials.basic(user: "Aladdin", password: "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        (.bearer("abc"), "Bearer abc"), (.token("abc"), "Token abc"),
    ])
    func credentialsReachTheServer(credentials: HTTPCredentials, expected: String) throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        var options = HTTPClientOptions()
        options.credentials = credentials
        let connection = HTTPConnection(options)
        #expect(try connection.request(.get, echo.url.appending("echo")).headers["X-Authorization"] == expected)
        let plain = HTTPConnection()
        let inURL = try HTTPURL("http://Aladdin:open%20sesame@\(echo.server.address)/echo")
        #expect(try plain.request(.get, inURL).headers["X-Authorization"] == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        #expect(
            try plain.request(.get, echo.url.appending("echo")).headers["X-Authorization"] == "none",
            "not kept for the next request")
    }

    /// A connection may end at any byte: an incomplete answer is not an answer.
    @Test func anAnswerCutShortIsNone() throws {
        let answer = "HTTP/1.1 200 OK\r\nX-Kind: whole\r\nContent-Length: 5\r\n\r\nhello"
        for count in 0..<answer.utf8.count {
            let server = try RawServer(answering: Array(answer.utf8.prefix(count)))
            let error = #expect(throws: EFDError.self, "\(count) bytes") {
                try HTTPConnection().request(.put, server.url, body: Array("x".utf8))
            }
            #expect(error?.code == "http.connectionLost", "\(count) bytes: \(error?.description ?? "")")
            withExtendedLifetime(server) {}
        }
        let server = try RawServer(answering: Array(answer.utf8))
        #expect(try HTTPConnection().request(.get, server.url).text == "hello")
        withExtendedLifetime(server) {}
    }

    /// Another service at the port: Kafka hangs up, others answer in their own protocol.
    @Test(arguments: [([], "closed the connection without an answer"), (Array("SSH-2.0-x\r\n".utf8), "is not HTTP")])
    func aServerOfAnotherKindIsNamed(answer: [UInt8], expected: String) throws {
        let server = try RawServer(answering: answer)
        let error = #expect(throws: EFDError.self) { try HTTPConnection().request(.get, server.url) }
        #expect(error?.message.contains(expected) == true, "\(error?.description ?? "")")
        #expect(error?.remedy.contains("another service, such as Kafka, may listen there") == true)
        #expect(error?.recovery == .retry)
        withExtendedLifetime(server) {}
    }

    @Test func aHeaderCannotSmuggleAnother() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let error = #expect(throws: EFDError.self) {
            try HTTPConnection().request(.get, echo.url, headers: ["X": "a\r\nY: b"])
        }
        #expect(error?.code == "http.headerRefused")
    }

    @Test func aSlowAnswerTimesOutAndAStopGivesItUp() throws {
        let release = StopToken()
        var router = HTTPRouter()
        router.on(.get, "/slow") { _ in
            release.wait(seconds: 20)
            return .text("late")
        }
        let echo = try Echo({ $0.threads = .polling(2) }, router: router)
        defer { echo.server.stop() }
        var options = HTTPClientOptions()
        options.timeout = 0.2
        let late = #expect(throws: EFDError.self) {
            try HTTPConnection(options).request(.get, echo.url.appending("slow"))
        }
        #expect(late?.code == "http.timedOut" && late?.isRetriable == true)
        let stop = StopToken()
        options.timeout = 60
        options.stop = stop
        let connection = HTTPConnection(options)
        JoinableThread.detach("stopper") { stop.stop() }
        let stopped = #expect(throws: EFDError.self) { try connection.request(.get, echo.url.appending("slow")) }
        #expect(stopped?.code == "http.stopped")
        release.stop()
    }

    @Test(arguments: [HTTPServerOptions.Threads.polling(1), .perConnection])
    func aStopLetsRequestsInProgressEnd(threads: HTTPServerOptions.Threads) throws {
        let entered = BoundedQueue<Int>(capacity: 4)
        let leave = StopToken()
        var router = HTTPRouter()
        router.on(.get, "/slow") { _ in
            entered.push(1)
            leave.wait(seconds: 20)
            return .text("whole")
        }
        let echo = try Echo({ $0.threads = threads }, router: router)
        defer { echo.server.stop() }
        let answers = BoundedQueue<String>(capacity: 4)
        JoinableThread.detach("client") {
            answers.push((try? HTTPConnection().request(.get, echo.url.appending("slow")).text) ?? "lost")
        }
        _ = entered.pop()
        let stopped = BoundedQueue<Int>(capacity: 1)
        JoinableThread.detach("stop") {
            echo.server.stop()
            stopped.push(1)
        }
        // The server accepts no new connection during the stop.
        for _ in 0..<1000 where RawClient.canConnect(port: echo.server.address.port) {
            MonotonicClock.sleep(seconds: 0.002)
        }
        #expect(!RawClient.canConnect(port: echo.server.address.port))
        leave.stop()
        #expect(answers.pop() == "whole")
        _ = stopped.pop()
        echo.server.stop()
    }

    @Test(arguments: [HTTPServerOptions.Threads.polling(1), .polling(2), .perConnection])
    func aServerStopsUnderLoadAndItsPortIsFreeAgain(threads: HTTPServerOptions.Threads) throws {
        for _ in 0..<5 {
            let echo = try Echo { $0.threads = threads }
            defer { echo.server.stop() }
            let stop = Atomic<Bool>(false)
            let served = Atomic<Int>(0)
            let ended = BoundedQueue<Int>(capacity: 4)
            let load: @Sendable () -> Void = {
                let connection = HTTPConnection()
                while !stop.load(ordering: .relaxed) {
                    if (try? connection.request(.post, echo.url.appending("echo"), body: [1, 2, 3]))?.status == 200 {
                        served.add(1, ordering: .relaxed)
                    }
                }
                ended.push(1)
            }
            for _ in 0..<4 { JoinableThread.detach("load", load) }
            while served.load(ordering: .relaxed) < 50 { MonotonicClock.sleep(seconds: 0.001) }
            echo.server.stop()
            stop.store(true, ordering: .relaxed)
            for _ in 0..<4 { _ = ended.pop() }
            let address = echo.server.address
            let again = try HTTPServer(HTTPServerOptions(address)) { _ in .text("again") }
            #expect(try HTTPConnection().request(.get, echo.url).text == "again")
            let taken = #expect(throws: EFDError.self) {
                try HTTPServer(HTTPServerOptions(address)) { _ in .text("never") }
            }
            #expect(taken?.code == "http.portInUse")
            again.stop()
        }
    }

    @Test func aConnectionSurvivesARestartOfItsServer() throws {
        let echo = try Echo()
        defer { echo.server.stop() }
        let connection = HTTPConnection()
        #expect(try connection.request(.get, echo.url.appending("echo")).status == 200)
        echo.server.stop()
        let again = try HTTPServer(HTTPServerOptions(echo.server.address), router: Echo.router)
        #expect(try connection.request(.post, echo.url.appending("echo"), body: [9]).body == [9])
        again.stop()
    }

    @Test func anAddressThatIsNotOursIsRefused() {
        let error = #expect(throws: EFDError.self) {
            try HTTPServer(HTTPServerOptions(HostPort(host: "192.0.2.1", port: 0))) { _ in .text("") }
        }
        #expect(error?.code == "http.cannotListen")
        let unknown = #expect(throws: EFDError.self) {
            try HTTPServer(HTTPServerOptions(HostPort(host: "no such host", port: 0))) { _ in .text("") }
        }
        #expect(unknown?.code == "http.addressUnknown")
    }
}
