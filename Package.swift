// swift-tools-version: 6.2
// Targets in the order of docs/architecture.md: an arrow points to a target above it, never below (RepositoryTests proves it).
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
    .target(name: name, dependencies: library.map { [.byName(name: $0)] } ?? [], cSettings: [.treatAllWarnings(as: .error)])
}

/// A shim over Arrow's C++ libraries: those of the pyarrow wheel where scripts/setup linked them, else the system's. Always the same flags,
/// as the result of this file is kept: a folder that is not there does no harm.
func arrowShim(_ name: String) -> Target {
    let folder = "\(Context.packageDirectory)/.build-tools/arrow"
    return .target(
        name: name, cxxSettings: [.treatAllWarnings(as: .error), .unsafeFlags(["-isystem", "\(folder)/include"])],
        linkerSettings: [
            .unsafeFlags(["-L\(folder)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(folder)/lib"]), .linkedLibrary("parquet"), .linkedLibrary("arrow"),
        ])
}

func module(_ name: String, _ dependencies: [String]) -> Target {
    .target(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [String]) -> Target {
    .executableTarget(name: name, dependencies: dependencies.map { .byName(name: $0) }, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [String]) -> Target {
    .testTarget(name: name, dependencies: (dependencies + ["EFDTestKit"]).map { .byName(name: $0) }, swiftSettings: strict)
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
    library("CYaml", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    shim("CAvroShim", over: "CAvro"),
    shim("CCurlShim", over: "CCurl"),
    shim("CCycloneDDSShim", over: "CCycloneDDS"),
    shim("CMicrohttpdShim", over: "CMicrohttpd"),
    arrowShim("CParquetShim"),
    shim("CPosix"),
    shim("CRdKafkaShim", over: "CRdKafka"),
]

let base: [Target] = [
    module("EFDCore", ["CJansson", "CPosix", "CYaml"])
]

let wire: [Target] = [
    module("EFDAvro", ["EFDCore"]),
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
    module("EFDSink", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry"]),
    module("EFDInflux", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDSink"]),
    module("EFDParquet", ["EFDCore", "EFDAvro", "EFDS3", "EFDSink", "CParquetShim", "CPosix"]),
    module("EFDProducer", ["EFDCore", "EFDAvro", "EFDDDS", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDSAL"]),
    module("EFDReplication", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "CPosix"]),
    module("EFDLocal", ["EFDCore", "EFDAvro", "EFDDDS", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDSAL"]),
]

let executables: [Target] = [
    program("efd", ["EFDCore", "EFDInflux", "EFDLocal"]),
    program("influx-sink", ["EFDCore", "EFDInflux", "EFDSink"]),
    program("parquet-sink", ["EFDCore", "EFDParquet", "EFDSink"]),
    program("replicator", ["EFDCore", "EFDReplication"]),
    program("salkafka-producer", ["EFDCore", "EFDProducer"]),
]

let testing: [Target] = [
    module("EFDTestKit", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDLocal", "EFDRegistry", "EFDS3", "EFDSAL", "CAvro", "CAvroShim"]),
    program("efd-bench", ["EFDCore", "EFDAvro", "EFDInflux", "EFDKafka", "EFDSAL", "CPosix"]),
    tests("EFDCoreTests", ["EFDCore"]),
    tests("EFDAvroTests", ["EFDCore", "EFDAvro"]),
    tests("EFDHTTPTests", ["EFDCore", "EFDHTTP"]),
    tests("EFDKafkaTests", ["EFDCore", "EFDKafka"]),
    tests("EFDRegistryTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDRegistry"]),
    tests("EFDS3Tests", ["EFDCore", "EFDHTTP", "EFDS3"]),
    tests("EFDSALTests", ["EFDCore", "EFDAvro", "EFDSAL"]),
    tests("EFDDDSTests", ["EFDCore", "EFDDDS", "EFDSAL", "CCycloneDDS"]),
    tests("EFDSinkTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDSink"]),
    tests("EFDInfluxTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDInflux", "EFDSink"]),
    tests("EFDParquetTests", ["EFDCore", "EFDAvro", "EFDParquet", "EFDS3", "EFDSink"]),
    tests("EFDProducerTests", ["EFDCore", "EFDAvro", "EFDDDS", "EFDKafka", "EFDProducer", "EFDRegistry", "EFDSAL"]),
    tests("EFDReplicationTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDRegistry", "EFDReplication"]),
    tests("EFDLocalTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDKafka", "EFDLocal", "EFDRegistry", "EFDSAL"]),
    tests("IntegrationTests", ["EFDCore", "EFDAvro", "EFDHTTP", "EFDInflux", "EFDKafka", "EFDLocal", "EFDProducer", "EFDRegistry", "EFDSAL", "EFDSink"]),
    tests("RepositoryTests", ["EFDCore", "EFDInflux", "EFDKafka", "EFDLocal", "EFDParquet", "EFDProducer", "EFDRegistry", "EFDReplication", "EFDSink"]),
]

let package = Package(
    name: "efd",
    targets: c + base + wire + domain + services + executables + testing,
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu11,
    cxxLanguageStandard: .cxx20
)
