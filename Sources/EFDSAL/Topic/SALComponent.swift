import EFDCore

/// One component (a kind of controller) as its IDL file describes it.
public struct SALComponent: Sendable, Equatable {
    public let name: String
    public let salVersion: String?
    public let xmlVersion: String?
    /// In the order of the file.
    public let topics: [SALTopic]
    public let enumerations: [SALEnumeration]
    /// Structs that are not topics. The files of 2019 end with templates `command` and `logevent` that nobody ever
    /// published.
    public let skippedStructs: [String]

    /// Whether the component runs in several instances, distinguished by an index.
    public var isIndexed: Bool { topics.contains(where: \.isIndexed) }

    /// - Throws: `sal.noTopics`, or `sal.topicUnusable` for a struct that cannot be a SAL topic.
    public init(_ module: IDLModule) throws(EFDError) {
        name = module.name
        salVersion = module.salVersion
        xmlVersion = module.xmlVersion
        let topicStructs = module.structs.filter { !Self.templates.contains($0.name) }
        skippedStructs = module.structs.map(\.name).filter(Self.templates.contains)
        let enumerations = SALEnumeration.collect(
            module.constants, component: module.name, topics: topicStructs.map { SALName(structName: $0.name).salName })
        self.enumerations = enumerations
        topics = try topicStructs.map { definition throws(EFDError) in
            try SALTopic(definition, module: module, enumerations: enumerations)
        }
        guard !topics.isEmpty else {
            throw EFDError(
                .salNoTopics, "module \(module.name) defines no topic", remedy: "Generate the file again with SAL.")
        }
    }

    /// Parses the text of an IDL file; errors begin with `file`. The module names the component, not the file name.
    public init(parsing bytes: [UInt8], file: String) throws(EFDError) {
        let module = try IDLModule(parsing: bytes, file: file)
        do { try self.init(module) } catch { throw error.during(file) }
    }

    private static let templates: Set<String> = ["command", "logevent"]

    /// The topic with a SAL name (`logevent_summaryState`) or an attribute name (`evt_summaryState`).
    public func topic(named name: String) -> SALTopic? {
        let salName = SALName.salName(for: name)
        return topics.first { $0.salName == name } ?? topics.first { $0.salName == salName }
    }
}

// MARK: Files

extension SALComponent {
    private static let filePrefix = "sal_revCoded_"
    private static let fileSuffix = ".idl"

    /// `sal_revCoded_<Component>.idl`.
    public static func fileName(_ component: String) -> String { filePrefix + component + fileSuffix }

    /// The component in a path's last part; nil for any other file.
    public static func component(ofFile path: String) -> String? {
        let name = path.split(separator: "/").last ?? ""
        guard name.hasPrefix(filePrefix), name.hasSuffix(fileSuffix), name.count > filePrefix.count + fileSuffix.count
        else { return nil }
        return String(name.dropFirst(filePrefix.count).dropLast(fileSuffix.count))
    }

    /// The error for a component without a file; suggests the nearest of `known`.
    public static func unknown(_ component: String, known: [String], folder: String) -> EFDError {
        let hint = NearestNames.hint(component, among: known)
        let remedy =
            if !hint.isEmpty {
                hint
            } else if known.isEmpty {
                "The folder has no \(fileName("<Component>")); set --idl-dir to the folder that SAL's IDL files are "
                    + "in."
            } else {
                "\(known.count) components have a file there, e.g. \(known.sorted().prefix(5).joined(separator: ", "))."
            }
        return EFDError(
            .salUnknownComponent, "component \(component) has no file \(fileName(component)) in \(folder)",
            remedy: remedy)
    }
}
