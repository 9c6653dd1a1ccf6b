import EFDCore

/// `efd broker`, `efd audit`, `efd dlq` and `efd top`.
extension EFDError.Code {
    /// The numbers of sent and stored records differ.
    /// Action: See the topics in the table, then dead letters, lost samples and lag.
    static let auditCountsDiffer = Self("audit.countsDiffer")

    /// The report lacks its topics.
    /// Action: Give the file that `efd simulate --report` wrote.
    static let auditReportUnreadable = Self("audit.reportUnreadable")

    /// An address is not an IPv4 address.
    /// Action: Use 127.0.0.1.
    static let brokerAddressInvalid = Self("broker.addressInvalid")

    /// The broker cannot listen on its port.
    /// Action: Give another port with `--kafka-listen`, or 0 for a free one.
    static let brokerAddressTaken = Self("broker.addressTaken")

    /// A control command of the broker is wrong.
    /// Action: See the message; `help` lists the commands.
    static let brokerCommandRefused = Self("broker.commandRefused")

    /// The number of partitions is not above 0.
    /// Action: Correct `--topic NAME=PARTITIONS`.
    static let brokerTopicInvalid = Self("broker.topicInvalid")

    /// There is no record at the offset.
    /// Action: Take an offset of the range in the message, or of `efd dlq list --output json`.
    static let dlqLetterMissing = Self("dlq.letterMissing")

    /// Selected dead letters could not be replayed; all others were.
    /// Action: See the reasons that the command prints, and replay those letters in another way.
    static let dlqLettersLeft = Self("dlq.lettersLeft")

    /// The arguments name no dead-letter topic, or no record in the form TOPIC/PARTITION/OFFSET.
    /// Action: Take the names that `efd dlq list` prints.
    static let dlqNothingNamed = Self("dlq.nothingNamed")

    /// Another replay of the same dead-letter topic has started.
    /// Action: Let it finish: it continues where this one ended.
    static let dlqReplayFenced = Self("dlq.replayFenced")

    /// The command was interrupted.
    /// Action: Run it again: a replay continues with the first letter that was not replayed.
    static let dlqStopped = Self("dlq.stopped")

    /// The dead-letter topic does not exist.
    /// Action: Check the name; `efd dlq list` prints those that exist.
    static let dlqTopicMissing = Self("dlq.topicMissing")

    /// The dead-letter topic could not be read to its end.
    /// Action: Check the cluster, then run the command again.
    static let dlqTopicUnread = Self("dlq.topicUnread")

    /// No service answered `efd top` as long as it ran.
    /// Action: Name the addresses of `--http-listen` of running services with `--metrics`.
    static let topNothingSeen = Self("top.nothingSeen")
}
