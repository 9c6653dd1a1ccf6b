import EFDCore
import EFDLocal

@main
struct Main {
    static func main() {
        Program.run("efd", summary: "Local parts and tools of the EFD data flow.", commands: [RegistryCommand.command])
    }
}
