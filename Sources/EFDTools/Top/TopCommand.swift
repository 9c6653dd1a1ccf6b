import EFDCore
import EFDHTTP
import Glibc

/// `efd top`: the data flow, from the /metrics pages of running services.
public enum TopCommand {
    static let pages = Setting<[String]>.urls(
        "metrics",
        help: "URLs of running services: the addresses of their --http-listen; without it, the programs' default ports "
            + "on this machine.")
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
            Program.run(table, as: .command, arguments: arguments, body: run)
        }
    }

    private static func run(_ context: ProgramContext) throws(EFDError) {
        let settings = context.settings
        let pages = try pages(settings)
        let isTerminal = isatty(1) == 1
        var previous: [TopSample] = []
        var hasSeenService = false
        let start = MonotonicClock.seconds()
        while true {
            let samples = look(pages)
            let screen = TopScreen(samples: samples, previous: previous, elapsed: MonotonicClock.seconds() - start)
            hasSeenService = hasSeenService || screen.hasService
            if isTerminal {
                // Overwrites each line to its end, then clears the rest of the screen: no flicker.
                let table = screen.table(rows: settings[rows], size: Terminal.size, lineEnd: "\u{1B}[K\n")
                Program.write((previous.isEmpty ? "\u{1B}[2J" : "") + "\u{1B}[H" + table + "\u{1B}[J")
            } else {
                Program.write(screen.line + "\n")
            }
            previous = samples
            let isOver = settings[seconds] > 0 && MonotonicClock.seconds() - start >= Double(settings[seconds])
            if isOver || context.stop.wait(seconds: settings[interval]) { break }
        }
        guard hasSeenService else {
            throw EFDError(
                .topNothingSeen, "no service answered at \(pages.map(\.url.authority).joined(separator: ", "))",
                remedy: "Name the addresses of --http-listen of running services with --metrics.")
        }
    }

    private struct Page {
        let url: HTTPURL
        /// The program whose default port this is; nil: the user named the page.
        var program: String?
    }

    private static func pages(_ settings: Settings) throws(EFDError) -> [Page] {
        var found: [Page] = []
        for page in settings[pages] { found.append(Page(url: try HTTPURL(page).appending("metrics"))) }
        if !found.isEmpty { return found }
        for (program, _) in ServicePort.all {
            let url = try HTTPURL("http://\(ServicePort.address(of: program))").appending("metrics")
            found.append(Page(url: url, program: program))
        }
        return found
    }

    /// A service without an answer is shown as such, not as an error: services come and go.
    private static func look(_ pages: [Page]) -> [TopSample] {
        var options = HTTPClientOptions()
        options.timeout = 2
        let client = HTTPClient(options)
        return pages.map { page in
            TopSample(
                address: page.url.authority, expected: page.program, seconds: MonotonicClock.seconds(),
                text: (try? client.request(.get, page.url))?.text)
        }
    }
}
