import EFDCore

/// The server's answer to a write, as the outcome of the request's lines.
enum WriteVerdict: Equatable {
    /// Every line is stored.
    case stored
    /// Some lines are rejected; others may be stored.
    case refused(LineRefusal)
    /// The request exceeds the server's limit; nothing is stored.
    case tooLarge(EFDError)
    /// The outcome of all lines is unknown. `retryAfter` in seconds, if the server gave a time.
    case failed(EFDError, retryAfter: Double?)
}

/// Why lines of a request were rejected, as far as the server reports.
struct LineRefusal: Equatable {
    /// Distinguishes the rejected lines from the others.
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

/// Parses the answers of InfluxDB 1.x and 2.x to a write.
///
/// 1.x answers 400 both for lines that it dropped (the others are stored) and for malformed requests; 2.x answers 422
/// for the former. Only the text distinguishes them.
enum WriteAnswer {
    static func verdict(status: Int, body: String, retryAfter: String? = nil) -> WriteVerdict {
        let message = message(in: body)
        let shown = shortened(message)
        switch status {
        case 200..<300: return .stored
        case 413:
            return .tooLarge(
                EFDError(
                    .influxRequestTooLarge, "InfluxDB rejected a write as too large (413)",
                    remedy: "Lower --request-size, or raise max-body-size of the server.", recovery: .reject))
        case 400 where isAboutLines(message), 422: return .refused(refusal(message))
        case 401, 403: return .failed(credentials(status, shown), retryAfter: nil)
        case 404: return .failed(missing(shown), retryAfter: nil)
        case 500 where message.contains("retention policy not found"): return .failed(missing(shown), retryAfter: nil)
        case 408, 429, 500...:
            let error = EFDError(
                .influxServerBusy, "InfluxDB answered a write with \(status): \(shown)", recovery: .retry)
            return .failed(error, retryAfter: retryAfter.flatMap { Double($0) })
        default:
            return .failed(
                EFDError(
                    .influxRequestRefused, "InfluxDB answered a write with \(status): \(shown)",
                    remedy: "Check that --influxdb-url names InfluxDB."), retryAfter: nil)
        }
    }

    /// The text of `{"error": …}` (1.x) or `{"code": …, "message": …}` (2.x); any other body as it is.
    static func message(in body: String) -> String {
        let json = try? JSON.parse(Array(body.utf8))
        return json?["error"]?.string ?? json?["message"]?.string ?? body.trimmed
    }

    /// Cut in the middle: the server quotes the line first, and names the cause after it.
    static func shortened(_ message: String) -> String {
        message.utf8.count > 500 ? "\(message.prefix(200)) … \(message.suffix(280))" : message
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
        let reason = EFDError(
            code, "InfluxDB rejected the point: \(shortened(withoutCount(message)))", recovery: .reject)
        return LineRefusal(reason: reason, clue: clue, dropped: dropped(message))
    }

    private static func credentials(_ status: Int, _ message: String) -> EFDError {
        status == 401
            ? EFDError(
                .influxCredentialsRefused,
                "InfluxDB rejected the user name and password or the token (401): \(message)",
                remedy: "Set --influxdb-user and --influxdb-password, or --influxdb-token, to valid credentials.")
            : EFDError(
                .influxNotAllowed, "InfluxDB did not allow the write (403): \(message)",
                remedy:
                    "Give the user the right: GRANT WRITE ON \"database\" TO \"user\"; or use a token that may write "
                    + "the bucket."
            )
    }

    private static func missing(_ message: String) -> EFDError {
        EFDError(
            .influxDatabaseMissing, "InfluxDB does not have the target: \(message)",
            remedy:
                "Create the database and retention policy (or the bucket and its mapping), or correct "
                + "--influxdb-database and --retention-policy."
        )
    }

    /// The number after the last `dropped=`.
    private static func dropped(_ message: String) -> Int? {
        guard let at = message.ranges(of: "dropped=").last else { return nil }
        return Int(message[at.upperBound...].prefix { $0.isNumber })
    }

    /// The same fault must have the same text in every dead letter: removes the count of affected lines.
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
