import EFDCore

/// `efd dlq`: what was dead-lettered, why, and its way back.
public enum DeadLetterCommands {
    public static var command: Program.Command {
        Program.Command("dlq", summary: "Lists, explains and replays dead letters: list, show, replay.") { arguments in
            Program.run(
                "efd dlq", summary: "Lists, explains and replays dead letters.", arguments: arguments,
                commands: [ListCommand.command, ShowCommand.command, ReplayCommand.command])
        }
    }
}
