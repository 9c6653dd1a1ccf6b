// swift-tools-version: 6.2
// Targets in the order of docs/architecture.md: a target depends on targets above it, never on those below, which
// RepositoryTests proves.
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // See docs/decisions/0009-exclusivity-is-checked-by-tests.md.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A C library as Debian packages it. `pkgConfig` is nil where the library's flags are of no use to a build.
func library(_ name: String, pkgConfig: String?, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

/// C inlines over a library: what its header offers only as macros or variadic functions.
func shim(_ name: String, over library: String? = nil) -> Target {
    .target(
        name: name, dependencies: library.map { [.byName(name: $0)] } ?? [], cSettings: [.treatAllWarnings(as: .error)])
}

/// A shim over Arrow's C++ libraries: those of the pyarrow wheel where scripts/setup linked them, else the system's.
/// Always the same flags, as the result of this file is kept: a folder that is not there does no harm.
func arrowShim(_ name: String) -> Target {
    let folder = "\(Context.packageDirectory)/.build-tools/arrow"
    return .target(
        name: name, dependencies: ["CArrowData"],
        cxxSettings: [
            .treatAllWarnings(as: .error), .unsafeFlags(["-fno-cxx-modules", "-isystem", "\(folder)/include"]),
        ],
        linkerSettings: [
            .unsafeFlags(["-L\(folder)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(folder)/lib"]),
            .linkedLibrary("parquet"), .linkedLibrary("arrow"),
        ])
}

func module(_ name: String, _ dependencies: [String]) -> Target {
    .target(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [String]) -> Target {
    .executableTarget(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: strict)
}

/// The tests of a module see what the module sees.
func tests(_ name: String, of target: Target, and more: [String] = []) -> Target {
    let below = target.dependencies.compactMap { dependency in
        if case .byNameItem(let name, _) = dependency, name.hasPrefix("EFD") { name } else { nil }
    }
    return tests(name, below + [target.name] + more)
}

func tests(_ name: String, _ dependencies: [String]) -> Target {
    .testTarget(
        name: name, dependencies: (dependencies + ["EFDTestKit"]).map { .byName(name: $0) }, swiftSettings: strict)
}

let c: [Target] = [
    library("CAvro", pkgConfig: "avro-c", apt: "libavro-dev"),
    library("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
    library("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    library("CCycloneDDS", pkgConfig: nil, apt: "cyclonedds-dev"),
    library("CExpat", pkgConfig: "expat", apt: "libexpat1-dev"),
    library("CJansson", pkgConfig: "jansson", apt: "libjansson-dev"),
    library("CMicrohttpd", pkgConfig: "libmicrohttpd", apt: "libmicrohttpd-dev"),
    library("CRdKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
    library("CXXHash", pkgConfig: "libxxhash", apt: "libxxhash-dev"),
    library("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    shim("CArrowData"),
    shim("CAvroShim", over: "CAvro"),
    shim("CCurlShim", over: "CCurl"),
    shim("CCycloneDDSShim", over: "CCycloneDDS"),
    shim("CMicrohttpdShim", over: "CMicrohttpd"),
    arrowShim("CParquetShim"),
    shim("CPosix"),
    shim("CRdKafkaShim", over: "CRdKafka"),
]

let base: [Target] = [
    module("EFDCore", ["CJansson", "CPosix", "CXXHash", "CYaml"])
]

let wire: [Target] = [
    module("EFDAvro", ["EFDCore"]),
    module("EFDArrow", ["EFDAvro", "CArrowData"]),
    module("EFDHTTP", ["EFDCore", "CCurl", "CCurlShim", "CMicrohttpd", "CMicrohttpdShim"]),
    module("EFDKafka", ["EFDCore", "CRdKafka", "CRdKafkaShim"]),
    module("EFDS3", ["EFDCore", "EFDHTTP", "CCrypto", "CExpat"]),
    module("EFDRegistry", ["EFDCore", "EFDAvro", "EFDHTTP"]),
]

let domain: [Target] = [
    module("EFDSAL", ["EFDCore", "EFDAvro"]),
    module("EFDDDS", ["EFDCore", "EFDSAL", "CCycloneDDS", "CCycloneDDSShim"]),
]

let services: [Target] = [
    module("EFDSink", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "CPosix"]),
    module("EFDInflux", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDSink"]),
    module("EFDParquet", ["EFDCore", "EFDArrow", "EFDAvro", "EFDS3", "EFDSink", "CParquetShim", "CPosix"]),
    module("EFDProducer", ["EFDCore", "EFDAvro", "EFDDDS", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDSAL"]),
    module("EFDReplication", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "CPosix"]),
    module("EFDRegistryServer", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry"]),
    module("EFDSimulation", ["EFDCore", "EFDDDS", "EFDKafka", "EFDRegistry", "EFDSAL"]),
]

// What an operator looks and tries with: over services, since it asks them.
let tools: [Target] = [
    module("EFDTools", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDInflux", "EFDKafka", "EFDRegistry"])
]

let executables: [Target] = [
    program("efd", ["EFDCore", "EFDRegistryServer", "EFDSimulation", "EFDTools"]),
    program("influx-sink", ["EFDCore", "EFDInflux", "EFDSink"]),
    program("json-sink", ["EFDCore", "EFDAvro", "EFDSink"]),
    program("parquet-sink", ["EFDCore", "EFDParquet", "EFDSink"]),
    program("replicator", ["EFDCore", "EFDReplication"]),
    program("salkafka-producer", ["EFDCore", "EFDProducer"]),
]

let testing: [Target] = [
    module(
        "EFDTestKit",
        [
            "EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDRegistryServer", "EFDS3", "EFDSAL",
            "EFDSink", "CAvro", "CAvroShim",
        ]),
    program("efd-bench", ["EFDCore", "EFDAvro", "EFDInflux", "EFDKafka", "EFDSAL", "CPosix"]),
    tests(
        "IntegrationTests",
        [
            "EFDCore", "EFDAvro", "EFDHTTP", "EFDInflux", "EFDKafka", "EFDParquet", "EFDProducer", "EFDRegistry",
            "EFDSAL", "EFDSink",
        ]),
    tests(
        "RepositoryTests",
        [
            "EFDCore", "EFDHTTP", "EFDInflux", "EFDKafka", "EFDParquet", "EFDProducer", "EFDRegistry",
            "EFDRegistryServer", "EFDReplication", "EFDSimulation", "EFDSink", "EFDTools",
        ]),
]

/// Each module of ours that can be tested alone, and what its tests need beside its own dependencies.
let moreOfTests = [
    "EFDDDS": ["CCycloneDDS"], "EFDRegistryServer": ["EFDSAL"],
]
let moduleTests = (base + wire + domain + services + tools).filter {
    $0.name != "EFDArrow" && $0.name != "EFDSimulation"
}
.map { tests("\($0.name)Tests", of: $0, and: moreOfTests[$0.name] ?? []) }

let package = Package(
    name: "efd",
    targets: c + base + wire + domain + services + tools + executables + testing + moduleTests,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11,
    cxxLanguageStandard: .cxx20
)
