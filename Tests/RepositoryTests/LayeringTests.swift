import Foundation
import Testing

/// What Package.swift says of one target.
private struct Target {
    let name: String
    let group: String
    let dependencies: [String]
}

@Suite struct LayeringTests {
    /// The groups of Package.swift from the bottom to the top, as docs/architecture.md draws them.
    private static let order = ["c", "base", "wire", "domain", "services", "tools", "executables", "testing"]

    private let targets: [Target]

    init() throws {
        let text = try Repository.text("Package.swift")
        var targets: [Target] = []
        for group in text.matches(of: /(?s)\nlet (\w+): \[Target\] = \[\n(.*?)\n\]\n/) {
            for found in group.2.matches(
                of:
                    /(?s)(?:module|program|tests|shim|arrowShim|library)\(\s*"([\w-]+)"(?:, over: "(\w+)")?(?:,\s*\[(.*?)\])?/
            ) {
                let list = (found.3 ?? "").matches(of: /"(\w+)"/).map { String($0.1) }
                let target = Target(
                    name: String(found.1), group: String(group.1),
                    dependencies: list + (found.2.map { [String($0)] } ?? []))
                targets.append(target)
            }
        }
        self.targets = targets
    }

    @Test func everyTargetIsRead() {
        #expect(targets.count >= 40)
        #expect(Set(targets.map(\.group)) == Set(Self.order))
        #expect(Set(targets.map(\.name)).count == targets.count)
    }

    @Test func arrowsPointDownOnly() {
        for target in targets {
            for name in target.dependencies {
                guard let dependency = targets.first(where: { $0.name == name }) else {
                    Issue.record("\(target.name) depends on \(name), which is not a target of the package")
                    continue
                }
                let (from, to) = (
                    Self.order.firstIndex(of: target.group)!, Self.order.firstIndex(of: dependency.group)!
                )
                #expect(from >= to, "\(target.name) (\(target.group)) must not depend on \(name) (\(dependency.group))")
                if target.group == "services" && dependency.group == "services" {
                    #expect(
                        name == "EFDSink",
                        """
                        services talk through Kafka; only the sinks share EFDSink, but \(target.name) depends on \
                        \(name)
                        """
                    )
                }
            }
        }
    }

    @Test func nothingDependsInACircle() {
        var levels: [String: Int] = [:]
        func level(_ name: String, _ path: [String]) -> Int {
            if let known = levels[name] { return known }
            guard !path.contains(name) else {
                Issue.record("circle: \((path + [name]).joined(separator: " -> "))")
                return 0
            }
            let below = targets.first { $0.name == name }?.dependencies.map { level($0, path + [name]) } ?? []
            levels[name] = (below.max() ?? -1) + 1
            return levels[name]!
        }
        for target in targets { _ = level(target.name, []) }
        #expect(levels.count == targets.count)
    }

    @Test func sinksSeeColumnsNeverKafka() {
        for target in targets where ["EFDInflux", "EFDParquet", "EFDOracle"].contains(target.name) {
            #expect(
                !target.dependencies.contains("EFDKafka") && !target.dependencies.contains("CRdKafka"),
                "\(target.name) must not see Kafka")
        }
    }

    @Test func nothingShippedUsesTheTestKit() {
        for target in targets where target.group != "testing" { #expect(!target.dependencies.contains("EFDTestKit")) }
    }

    @Test func sourcesImportOnlyWhatTheirTargetDeclares() throws {
        let known = Set(targets.map(\.name))
        for path in Repository.swiftSources {
            let folder = String(path.split(separator: "/")[1])
            let target = try #require(targets.first { $0.name == folder }, "no target for the folder \(folder)")
            for found in try Repository.text(path).matches(of: /(?m)^(?:@\w+ )?import (\w+)/)
            where known.contains(String(found.1)) {
                #expect(
                    target.dependencies.contains(String(found.1)),
                    "\(path) imports \(found.1), which \(target.name) does not declare")
            }
        }
    }
}
