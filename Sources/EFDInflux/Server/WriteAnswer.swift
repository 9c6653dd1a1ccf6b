import EFDCore

/// What a server's answer to a write says about the lines of the request.
enum WriteVerdict: Equatable {
    /// Every line is stored.
    case stored
    /// Some lines cannot be stored; others may be.
    case refused(LineRefusal)
    /// The request is larger than the server takes; nothing is stored.
    case tooLarge(EFDError)
    /// Nothing is known to be stored. `retryAfter` in seconds, where the server named a time.
    case failed(EFDError, retryAfter: Double?)
}

/// Why lines of a request were refused, as far as the server says.
struct LineRefusal: Equatable {
    /// What tells the refused lines from the others.
    enum Clue: Equatable {
        case none
        case field(String, measurement: String)
        case olderThanRetention
    }

    let reason: EFDError
    let clue: Clue
    /// How many lines were dropped *for this reason*. Others may be missing too: a server names one reason only.
    let dropped: Int?
}

/// Reads the answers of InfluxDB 1.x and 2.x to a write.
///
/// 1.x answers 400 both for lines that it dropped (the others are stored) and for requests it did not understand;
/// 2.x answers 422 for the former. Which it was shows in the text alone.
enum WriteAnswer {
    static func verdict(status: Int, body: String, retryAfter: String? = nil) -> WriteVerdict {
        let message = message(in: body)
        switch status {
        case 200..<300: return .stored
        case 413:
            return .tooLarge(
                EFDError(
                    .influxRequestTooLarge, "InfluxDB refused a write as too large (413)",
                    remedy: "Lower --request-size, or raise max-body-size of the server.", recovery: .reject))
        case 400 where isAboutLines(message), 422: return .refused(refusal(message))
        case 401, 403: return .failed(credentials(status, message), retryAfter: nil)
        case 404: return .failed(missing(message), retryAfter: nil)
        case 500 where message.contains("retention policy not found"): return .failed(missing(message), retryAfter: nil)
        case 408, 429, 500...:
            let error = EFDError(
                .influxServerBusy, "InfluxDB answered a write with \(status): \(message)", recovery: .retry)
            return .failed(error, retryAfter: retryAfter.flatMap { Double($0) })
        default:
            return .failed(
                EFDError(
                    .influxRequestRefused, "InfluxDB answered a write with \(status): \(message)",
                    remedy: "Check --influxdb-url: is it InfluxDB that listens there?"), retryAfter: nil)
        }
    }

    /// The text of `{"error": …}` (1.x) or `{"code": …, "message": …}` (2.x); any other body as it is, cut.
    static func message(in body: String) -> String {
        let json = try? JSON.parse(Array(body.utf8))
        let text = json?["error"]?.string ?? json?["message"]?.string ?? body.trimmed
        return text.utf8.count > 500 ? "\(text.prefix(500))…" : text
    }

    private static let lineFaults = [
        "partial write", "unable to parse", "field type conflict", "points beyond retention policy",
        "outside retention policy", "time outside range",
        "is too long", "max key length exceeded", "invalid field name", "invalid tag key",
    ]

    private static func isAboutLines(_ message: String) -> Bool { lineFaults.contains { message.contains($0) } }

    private static func refusal(_ message: String) -> LineRefusal {
        let code: EFDError.Code
        var clue = LineRefusal.Clue.none
        let field = between("input field \"", "\" on measurement \"", in: message)
        if let field, let measurement = between("\" on measurement \"", "\" is ", in: message) {
            clue = .field(field, measurement: measurement)
        }
        if message.contains("field type conflict") {
            code = .influxFieldTypeConflict
        } else if message.contains("retention policy") && (message.contains("beyond") || message.contains("outside")) {
            code = .influxPointExpired
            clue = .olderThanRetention
        } else if message.contains("is too long") {
            code = .influxTextTooLong
        } else if message.contains("unable to parse") {
            code = .influxLineUnreadable
        } else {
            code = .influxPointRefused
        }
        let reason = EFDError(code, "InfluxDB refused the point: \(withoutCount(message))", recovery: .reject)
        return LineRefusal(reason: reason, clue: clue, dropped: dropped(message))
    }

    private static func credentials(_ status: Int, _ message: String) -> EFDError {
        status == 401
            ? EFDError(
                .influxCredentialsRefused,
                "InfluxDB refused the user name and password or the token (401): \(message)",
                remedy: "Set --influxdb-user and --influxdb-password, or --influxdb-token, to what the server knows.")
            : EFDError(
                .influxNotAllowed, "InfluxDB did not allow the write (403): \(message)",
                remedy:
                    "Give the user the right: GRANT WRITE ON \"database\" TO \"user\"; or use a token that may write "
                    + "the bucket."
            )
    }

    private static func missing(_ message: String) -> EFDError {
        EFDError(
            .influxDatabaseMissing, "InfluxDB has no such place to write to: \(message)",
            remedy:
                "Create the database and retention policy (or the bucket and its mapping), or correct "
                + "--influxdb-database and --retention-policy."
        )
    }

    /// The number behind the last `dropped=`.
    private static func dropped(_ message: String) -> Int? {
        guard let at = message.ranges(of: "dropped=").last else { return nil }
        return Int(message[at.upperBound...].prefix { $0.isNumber })
    }

    /// The same fault must read the same in every dead letter: without how many others it struck.
    private static func withoutCount(_ message: String) -> String {
        guard let at = message.ranges(of: " dropped=").last else { return message }
        return String(message[..<at.lowerBound])
    }

    private static func between(_ start: String, _ end: String, in text: String) -> String? {
        guard let from = text.firstRange(of: start), let to = text[from.upperBound...].firstRange(of: end) else {
            return nil
        }
        return String(text[from.upperBound..<to.lowerBound])
    }
}
