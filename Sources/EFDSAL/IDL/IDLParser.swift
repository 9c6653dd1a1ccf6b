import EFDCore

extension IDLModule {
    /// Parses a `sal_revCoded_<Component>.idl`, in the form of 2019 or of 2020 and later.
    ///
    /// Stricter than IDL where SAL is: flat structs of scalars, strings and one-dimensional arrays in one module. Laxer
    /// than an IDL compiler where real files need it: names are case-sensitive and may be keywords, `byte` and `int`
    /// are known, unknown pragmas are skipped, comments may contain any bytes.
    /// - Parameter file: the prefix of errors, as `<file>:<line>:<column>: …`.
    /// - Throws: the first fault found, with code `sal.notSALIDL` (some other file), `sal.idlTruncated`,
    ///   `sal.idlSyntax`, `sal.idlUnknownType`, `sal.idlUnsupportedType`, `sal.idlDuplicateName`, `sal.idlUnknownKey`
    ///   or `sal.idlTooLarge`.
    public init(parsing bytes: [UInt8], file: String) throws(EFDError) {
        var parser = try IDLParser(bytes, file: file)
        self = try parser.module()
    }
}

struct IDLParser {
    var lexer: IDLLexer
    var token: IDLLexer.Token = .end
    /// The struct being read, for the message when the file ends inside it.
    var openStruct: (name: String, offset: Int)?
    var structNames: Set<String> = []
    /// SAL names without the revision: two revisions of a topic in one file would mean one Kafka topic for both.
    var topicNames: [String: String] = [:]
    var keylists: [Keylist] = []

    struct Keylist {
        var structName: String
        var keys: [String]
        var offset: Int
    }

    init(_ bytes: [UInt8], file: String) throws(EFDError) {
        lexer = IDLLexer(bytes, file: file)
        if let zero = bytes.firstIndex(of: 0) {
            throw lexer.error(
                .salNotSALIDL, "this is a binary file: byte \(zero) is NUL",
                remedy: "Give the IDL text that SAL generated.", at: zero)
        }
        try advance()
    }

    // MARK: Module

    mutating func module() throws(EFDError) -> IDLModule {
        try openModule()
        var result = IDLModule(name: try name("the module"), structs: [], constants: [])
        try expect("{", "after “module \(result.name)”")
        while token != .symbol(UInt8(ascii: "}")) {
            switch token {
            case .word("struct"): result.structs.append(try structure())
            case .word("const"): if let constant = try constant() { result.constants.append(constant) }
            case .directive(let line): try directive(line)
            case .word(let word):
                throw notSAL(
                    "found “\(word.prefix(60))” in module \(result.name); SAL writes only structs and constants there")
            case .end: throw truncated(in: "module \(result.name)")
            default: throw syntax("expected “struct”, “const” or “}” but found \(describe(token))")
            }
        }
        try advance()
        try closeFile(module: result.name)
        try resolveKeylists(&result)
        result.salVersion = lexer.versions?.sal
        result.xmlVersion = lexer.versions?.xml
        return result
    }

    private mutating func openModule() throws(EFDError) {
        while case .directive(let line) = token { try directive(line) }
        guard token != .word("module") else { return try advance() }
        if token == .end {
            let what = lexer.bytes.isEmpty ? "the file is empty" : "the file has no module"
            throw lexer.error(.salNotSALIDL, what, remedy: "Copy the file again or generate it with SAL.")
        }
        throw notSAL(
            "found \(describe(token)) before any module; SAL writes one module that is named like the component")
    }

    private mutating func closeFile(module: String) throws(EFDError) {
        if token == .symbol(UInt8(ascii: ";")) { try advance() }
        while case .directive(let line) = token { try directive(line) }
        guard token != .end else { return }
        throw notSAL("found \(describe(token)) after module \(module); SAL writes one module per file")
    }

    // MARK: Constants and pragmas

    /// Nil for a constant that is not an integer: it cannot belong to an enumeration.
    private mutating func constant() throws(EFDError) -> IDLConstant? {
        try advance()
        let declared = try type(of: "a constant")
        let name = try name("the constant")
        try expect("=", "after constant \(name)")
        switch declared {
        case .boolean, .float, .double, .string:
            while token != .symbol(UInt8(ascii: ";")), token != .end { try advance() }
            try expect(";", "after constant \(name)")
            return nil
        default: break
        }
        let isNegative = token == .symbol(UInt8(ascii: "-"))
        if isNegative || token == .symbol(UInt8(ascii: "+")) { try advance() }
        guard case .number(let magnitude) = token else {
            throw syntax("constant \(name) needs a number but has \(describe(token))")
        }
        try advance()
        try expect(";", "after constant \(name)")
        return IDLConstant(name: name, value: isNegative ? -magnitude : magnitude)
    }

    /// `pragma keylist <struct> [<field>…]`; any other directive does not affect data and is skipped.
    mutating func directive(_ line: String) throws(EFDError) {
        let offset = lexer.tokenStart
        let text = line.firstIndex(of: "/").map { line[..<$0] } ?? line[...]
        let words = text.split { $0.isWhitespace || $0 == "," }.map {
            $0.split(separator: ":").last.map(String.init) ?? ""
        }
        try advance()
        guard words.count >= 2, words[0] == "pragma", words[1] == "keylist" else { return }
        guard words.count >= 3 else {
            throw lexer.error(
                .salIdlSyntax, "#pragma keylist names no struct",
                remedy: "Write #pragma keylist <struct> [<key field> …].", at: offset)
        }
        keylists.append(Keylist(structName: words[2], keys: Array(words[3...]), offset: offset))
    }

    /// At the end, since a keylist may be outside the module or before its struct.
    private func resolveKeylists(_ module: inout IDLModule) throws(EFDError) {
        for list in keylists {
            guard let index = module.structs.firstIndex(where: { $0.name == list.structName }) else {
                throw lexer.error(
                    .salIdlUnknownKey,
                    "#pragma keylist names struct “\(list.structName.prefix(80))”, which module \(module.name) does "
                        + "not have",
                    remedy: "Correct the name or remove the pragma.", at: list.offset)
            }
            let fields = module.structs[index].fields.map(\.name)
            for key in list.keys where !fields.contains(key) {
                throw lexer.error(
                    .salIdlUnknownKey,
                    "#pragma keylist names field “\(key.prefix(80))”, which struct \(list.structName) does not have",
                    remedy: "Correct the name or remove it from the list.", at: list.offset)
            }
            let keys = fields.filter(list.keys.contains)
            guard module.structs[index].keys ?? keys == keys else {
                throw lexer.error(
                    .salIdlDuplicateName, "struct \(list.structName) has two different key lists",
                    remedy: "Keep one #pragma keylist per struct.",
                    at: list.offset)
            }
            module.structs[index].keys = keys
        }
    }
}
