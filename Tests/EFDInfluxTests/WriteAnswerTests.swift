import EFDCore
import EFDTestKit
import Testing

@testable import EFDInflux

/// Bodies as InfluxDB 1.6.7, 1.12.2 and 2.7.12 sent them.
@Suite("Answers to a write")
struct WriteAnswerTests {
    struct Refused: Sendable {
        let status: Int
        let body: String
        let code: EFDError.Code
        let clue: LineRefusal.Clue
        let dropped: Int?
    }

    static let refusals: [Refused] = [
        Refused(
            status: 400,
            body:
                #"{"error":"partial write: field type conflict: input field \"a\" on measurement \"m\" is type float, already exists as type integer dropped=3"}"#,
            code: "influx.fieldTypeConflict", clue: .field("a", measurement: "m"), dropped: 3),
        Refused(
            status: 400,
            body:
                #"{"error":"partial write: field type conflict: input field \"b\" on measurement \"lsst.sal.X.y\" is type float, already exists as type integer dropped=1 for database: efd for retention policy: autogen"}"#,
            code: "influx.fieldTypeConflict", clue: .field("b", measurement: "lsst.sal.X.y"), dropped: 1),
        Refused(
            status: 400, body: #"{"error":"field type conflict"}"#, code: "influx.fieldTypeConflict", clue: .none,
            dropped: nil),
        Refused(
            status: 400, body: #"{"error":"partial write: points beyond retention policy dropped=2"}"# + "\n",
            code: "influx.pointExpired",
            clue: .olderThanRetention, dropped: 2),
        Refused(
            status: 400,
            body:
                #"{"error":"partial write: points beyond retention policy or outside permissible write window dropped=2 for database: rr for retention policy: autogen"}"#,
            code: "influx.pointExpired", clue: .olderThanRetention, dropped: 2),
        Refused(
            status: 422,
            body:
                #"{"code":"unprocessable entity","message":"failure writing points to database: partial write: dropped 1 points outside retention policy of duration 1h0m0s - oldest point cpu,host=old at 2026-11-22T22:44:16Z dropped because it violates a Retention Policy Lower Bound at 2026-11-22T23:44:17.710175594Z dropped=1 for database: b60a5928458c6383 for retention policy: autogen"}"#,
            code: "influx.pointExpired", clue: .olderThanRetention, dropped: 1),
        Refused(
            status: 422,
            body:
                #"{"code":"unprocessable entity","message":"failure writing points to database: partial write: input field \"s\" on measurement \"cpuf\" is too long, 2097152 \u003e 1048576 dropped=1"}"#,
            code: "influx.textTooLong", clue: .field("s", measurement: "cpuf"), dropped: 1),
        Refused(
            status: 400,
            body:
                #"{"error":"partial write: unable to parse 'm a=  1795474882000000000': missing field value\nunable to parse 'm b': invalid field format dropped=0"}"#,
            code: "influx.lineUnreadable", clue: .none, dropped: 0),
        Refused(
            status: 400,
            body:
                #"{"code":"invalid","message":"unable to parse 'cpu,host=q usage= 1795394656': missing field value"}"#,
            code: "influx.lineUnreadable", clue: .none, dropped: nil),
        Refused(
            status: 400,
            body:
                #"{"error":"partial write: invalid field name: input field \"time\" on measurement \"m\" is invalid dropped=1"}"#,
            code: "influx.pointRefused", clue: .field("time", measurement: "m"), dropped: 1),
        Refused(
            status: 400,
            body: #"{"error":"partial write: max-series-per-database limit exceeded: (1000000) dropped=7"}"#,
            code: "influx.pointRefused",
            clue: .none, dropped: 7),
    ]

    @Test("Rejected lines: reason, number, and their identification", arguments: refusals)
    func refused(example: Refused) throws {
        guard case .refused(let refusal) = WriteAnswer.verdict(status: example.status, body: example.body) else {
            Issue.record("\(example.body) counts as \(WriteAnswer.verdict(status: example.status, body: example.body))")
            return
        }
        #expect(refusal.reason.code == example.code)
        #expect(refusal.reason.recovery == .reject)
        #expect(refusal.clue == example.clue)
        #expect(refusal.dropped == example.dropped)
        #expect(!refusal.reason.message.contains("dropped="))
    }

    @Test(
        "Requests that failed as a whole",
        arguments: [
            (401, #"{"error":"authorization failed"}"#, "influx.credentialsRefused", .intervene),
            (401, #"{"code":"unauthorized","message":"unauthorized access"}"#, "influx.credentialsRefused", .intervene),
            (
                403, #"{"error":"\"u\" user is not authorized to write to database \"x\""}"#, "influx.notAllowed",
                .intervene
            ),
            (404, #"{"error":"database not found: \"nodb\""}"#, "influx.databaseMissing", .intervene),
            (
                404, #"{"code":"not found","message":"bucket \"nosuch\" not found"}"#, "influx.databaseMissing",
                .intervene
            ),
            (500, #"{"error":"retention policy not found: norp"}"#, "influx.databaseMissing", .intervene),
            (
                500, #"{"error":"engine: cache-max-memory-size exceeded: (1467282/1048576)"}"#, "influx.serverBusy",
                .retry
            ),
            (500, #"{"error":"timeout"}"#, "influx.serverBusy", .retry),
            (503, "", "influx.serverBusy", .retry), (429, "", "influx.serverBusy", .retry),
            (408, "", "influx.serverBusy", .retry),
            (
                400, #"{"error":"invalid precision \"zz\" (use n, u, ms, s, m or h)"}"#, "influx.requestRefused",
                .intervene
            ),
            (400, "Client sent an HTTP request to an HTTPS server.\n", "influx.requestRefused", .intervene),
            (405, "Method Not Allowed", "influx.requestRefused", .intervene),
            (301, "", "influx.requestRefused", .intervene),
        ] as [(Int, String, EFDError.Code, EFDError.Recovery)])
    func failed(status: Int, body: String, code: EFDError.Code, recovery: EFDError.Recovery) {
        guard case .failed(let error, nil) = WriteAnswer.verdict(status: status, body: body) else {
            Issue.record("\(status) \(body) counts as \(WriteAnswer.verdict(status: status, body: body))")
            return
        }
        #expect(error.code == code)
        #expect(error.recovery == recovery)
    }

    @Test("Stored, too large, and retry later")
    func others() {
        #expect(WriteAnswer.verdict(status: 204, body: "") == .stored)
        guard
            case .tooLarge(let error) = WriteAnswer.verdict(status: 413, body: #"{"error":"Request Entity Too Large"}"#)
        else {
            Issue.record("413 is not treated as a size limit")
            return
        }
        #expect(error.code == "influx.requestTooLarge")
        guard case .failed(_, let retryAfter) = WriteAnswer.verdict(status: 503, body: "", retryAfter: "7") else {
            return
        }
        #expect(retryAfter == 7)
    }

    @Test("A long or strange body is cut and stays readable")
    func longBody() {
        let message = WriteAnswer.shortened(WriteAnswer.message(in: String(repeating: "é", count: 5000)))
        #expect(message.count < 600)
        #expect(WriteAnswer.message(in: #"{"error": 5}"#) == #"{"error": 5}"#)
    }

    /// The server quotes the whole line before the cause; 1.12 with a tag of 70,000 bytes.
    @Test(
        "A cause after a long quotation is kept",
        arguments: [
            ("unable to parse '", "': max key length exceeded: 70029 > 65535"),
            ("partial write: unable to parse '", "': invalid number dropped=1"),
            ("partial write: max key length exceeded: ", " 70012 > 65535 dropped=1"),
        ])
    func causes(lead: String, cause: String) throws {
        let line = String(repeating: "x", count: 70_000)
        let verdict = WriteAnswer.verdict(status: 400, body: JSON.object(["error": .string(lead + line + cause)]).text)
        guard case .refused(let refusal) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        let words = cause.split(separator: " dropped").first.map(String.init) ?? cause
        #expect(refusal.reason.message.hasSuffix(words) && refusal.reason.message.contains(lead))
        #expect(refusal.reason.message.utf8.count < 600)
        #expect(refusal.dropped == (cause.contains("dropped") ? 1 : nil))
    }
}
