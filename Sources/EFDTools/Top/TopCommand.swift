import EFDCore
import EFDHTTP
import Glibc

/// `efd top`: the data flow, from the /metrics pages of running services.
public enum TopCommand {
    static let pages = Setting<[String]>.urls(
        "metrics", default: "http://127.0.0.1:9100",
        help: "URLs of running services: the addresses of their --http-listen.")
    static let interval = Setting<Double>.duration(
        "interval", default: "1s", from: "100ms", to: "1h", help: "Time between two updates.")
    static let rows = Setting<Int>.integer("rows", default: 20, in: 1...10_000, help: "Topics to show, busiest first.")
    static let seconds = Setting<Int>.integer(
        "seconds", default: 0, in: 0...1_000_000_000, help: "Stop after this many seconds; 0: no limit.")

    public static let table = SettingsTable.process(
        "efd top", summary: "Shows rates, lag, latency and losses of running services, live.",
        sections: [.init("Services and display", [pages.spec, interval.spec, rows.spec, seconds.spec])],
        examples: ["efd top --metrics http://127.0.0.1:9101,http://127.0.0.1:9102"])

    public static var command: Program.Command {
        Program.Command("top", summary: "Live table of the data flow through running services.") { arguments in
            Program.run(table, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        var urls: [HTTPURL] = []
        for page in settings[pages] { urls.append(try HTTPURL(page).appending("metrics")) }
        let isTerminal = isatty(1) == 1
        var previous: [TopSample] = []
        let start = MonotonicClock.seconds()
        while true {
            let samples = look(urls)
            let screen = TopScreen(samples: samples, previous: previous, elapsed: MonotonicClock.seconds() - start)
            if isTerminal {
                // Overwrites each line to its end, then clears the rest of the screen: no flicker.
                let table = screen.table(rows: settings[rows], width: Terminal.width, lineEnd: "\u{1B}[K\n")
                Program.write((previous.isEmpty ? "\u{1B}[2J" : "") + "\u{1B}[H" + table + "\u{1B}[J")
            } else {
                Program.write(screen.line + "\n")
            }
            previous = samples
            let isOver = settings[seconds] > 0 && MonotonicClock.seconds() - start >= Double(settings[seconds])
            if isOver || context.stop.wait(seconds: settings[interval]) { return }
        }
    }

    /// A service without an answer is shown as such, not as an error: services come and go.
    private static func look(_ urls: [HTTPURL]) -> [TopSample] {
        var options = HTTPClientOptions()
        options.timeout = 2
        let client = HTTPClient(options)
        return urls.map { url in
            let text = (try? client.request(.get, url))?.text
            return TopSample(
                address: url.authority, seconds: MonotonicClock.seconds(),
                metrics: text.map(MetricsSnapshot.init(parsing:)))
        }
    }
}
