import EFDCore
import EFDHTTP

/// Queries a server in InfluxQL, over `/query`, which 1.x and 2.x (for a mapped database) offer.
public struct InfluxQuery: Sendable {
    /// One table of an answer: a measurement's rows, or those of one tag set with `GROUP BY`.
    public struct Series: Sendable, Equatable {
        public let name: String
        public let tags: [String: String]
        public let columns: [String]
        public let rows: [[JSON]]

        /// The values of one column; nil if there is no such column.
        public subscript(column: String) -> [JSON]? {
            guard let index = columns.firstIndex(of: column) else { return nil }
            return rows.map { $0[index] }
        }
    }

    private let url: HTTPURL
    private let client: HTTPClient

    public init(_ url: HTTPURL, credentials: HTTPCredentials? = nil, timeout: Double = 60, stop: StopToken? = nil) {
        self.url = url
        var options = HTTPClientOptions()
        options.credentials = credentials
        options.timeout = timeout
        options.stop = stop
        client = HTTPClient(options)
    }

    /// Runs one statement; times in the answer are nanoseconds since 1970.
    ///
    /// Throws `influx.credentialsRefused`, `influx.notAllowed`, `influx.databaseMissing`, `influx.queryRefused`, and
    /// the client's errors.
    public func run(_ statement: String, database: String? = nil) throws(EFDError) -> [Series] {
        var form = "epoch=ns&q=\(PercentEncoding.encode(statement))"
        if let database { form += "&db=\(PercentEncoding.encode(database))" }
        let answer = try client.request(
            .post, url.appending("query"), headers: ["Content-Type": "application/x-www-form-urlencoded"],
            body: Array(form.utf8))
        let message = WriteAnswer.message(in: answer.text)
        switch answer.status {
        case 200: break
        case 401:
            throw EFDError(
                .influxCredentialsRefused,
                "InfluxDB at \(url.authority) rejected the user name and password or the token (401): \(message)",
                remedy: "Set --influxdb-user and --influxdb-password, or --influxdb-token, to valid credentials.")
        case 403:
            throw EFDError(
                .influxNotAllowed, "InfluxDB at \(url.authority) did not allow '\(statement)' (403): \(message)")
        case 500...:
            throw EFDError(
                .influxServerBusy, "InfluxDB at \(url.authority) answered \(answer.status): \(message)",
                recovery: .retry)
        default:
            throw EFDError(
                .influxQueryRefused,
                "InfluxDB at \(url.authority) rejected '\(statement)' (\(answer.status)): \(message)")
        }
        let result = try JSON.parse(Self.withRealsMarked(answer.body))["results"]?.elements?.first
        if let error = result?["error"]?.string {
            let code: EFDError.Code =
                error.contains("database not found") ? .influxDatabaseMissing : .influxQueryRefused
            throw EFDError(code, "InfluxDB at \(url.authority) rejected '\(statement)': \(error)")
        }
        return (result?["series"]?.elements ?? []).map(Self.series)
    }

    /// The number of points of a measurement that have the field.
    ///
    /// - Parameters:
    ///   - policy: the retention policy; nil: the database's default.
    ///   - times: of the points, in nanoseconds since 1970; nil: any.
    public func count(
        _ field: String, in measurement: String, database: String, policy: String? = nil,
        times: ClosedRange<Int64>? = nil
    ) throws(EFDError) -> Int {
        let source = (policy.map { [$0] } ?? []) + [measurement]
        let condition = times.map { " WHERE time >= \($0.lowerBound) AND time <= \($0.upperBound)" } ?? ""
        let series = try run(
            "SELECT count(\(Self.quoted(field))) FROM \(source.map(Self.quoted).joined(separator: "."))\(condition)",
            database: database)
        return Int(series.first?["count"]?.first?.integer ?? 0)
    }

    /// The version in the server's answer to `/ping`; empty if it has none.
    public func version() throws(EFDError) -> String {
        let answer = try client.request(.get, url.appending("ping"))
        guard answer.isSuccess else {
            throw EFDError(
                .influxNotInfluxDB, "GET /ping on \(url.authority) was answered with \(answer.status)",
                remedy: "Check --influxdb-url.",
                recovery: answer.status >= 500 ? .retry : .intervene)
        }
        return answer.headers["X-Influxdb-Version"] ?? ""
    }

    /// A name quoted for InfluxQL.
    public static func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : $0 == "\n" ? "\\n" : "\($0)" }.joined() + "\""
    }

    /// InfluxDB writes the real 1e20 as 100000000000000000000, which does not fit an integer of 64 bits: such a number
    /// gets its `.0` back.
    static func withRealsMarked(_ body: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(body.count + 16)
        var digits = 0
        var isText = false
        var isWhole = true
        for (index, byte) in body.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isText: digits += 1
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): isWhole = false
            case UInt8(ascii: "-"): break
            default:
                if digits >= 19 && isWhole && !isText {
                    let sign = index > digits && body[index - digits - 1] == UInt8(ascii: "-") ? 1 : 0
                    let number = String(decoding: body[(index - digits - sign)..<index], as: UTF8.self)
                    if Int64(number) == nil { out += Array(".0".utf8) }
                }
                digits = 0
                isWhole = true
                if byte == UInt8(ascii: "\"") && !(isText && Self.isEscaped(body, index)) { isText.toggle() }
            }
            out.append(byte)
        }
        return out
    }

    private static func isEscaped(_ body: [UInt8], _ index: Int) -> Bool {
        var start = index
        while start > 0 && body[start - 1] == UInt8(ascii: "\\") { start -= 1 }
        return (index - start) % 2 == 1
    }

    private static func series(_ json: JSON) -> Series {
        let tags = json["tags"]?.members?.entries.map { ($0.key, $0.value.string ?? "") } ?? []
        return Series(
            name: json["name"]?.string ?? "", tags: Dictionary(tags) { first, _ in first },
            columns: (json["columns"]?.elements ?? []).map { $0.string ?? "" },
            rows: (json["values"]?.elements ?? []).map { $0.elements ?? [] })
    }
}
