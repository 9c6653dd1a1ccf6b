import EFDCore
import EFDInflux

@main
struct Main {
    static func main() {
        Program.run(InfluxService.table, check: { settings throws(EFDError) in try InfluxService.check(settings) }) { context throws(EFDError) in
            try InfluxService.run(context)
        }
    }
}
