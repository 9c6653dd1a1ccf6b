import EFDCore

extension IDLParser {
    /// From `struct` to its `};`.
    mutating func structure() throws(EFDError) -> IDLStruct {
        let start = lexer.tokenStart
        try advance()
        let nameOffset = lexer.tokenStart
        var result = IDLStruct(name: try name("the struct"), fields: [])
        openStruct = (result.name, start)
        try declare(result.name, at: nameOffset)
        guard token == .symbol(UInt8(ascii: "{")) else {
            throw syntax("expected “{” after “struct \(result.name)” but found \(describe(token))")
        }
        result.description = lexer.commentOnThisLine()?.metadata.description
        try advance()
        var names: Set<String> = []
        var elements = 0
        while token != .symbol(UInt8(ascii: "}")) {
            if case .directive(let line) = token {
                try directive(line)
                continue
            }
            if token == .end { throw truncated(in: "struct \(result.name)") }
            let offset = lexer.tokenStart
            let field = try field(of: result.name)
            guard names.insert(field.name).inserted else {
                throw lexer.error(
                    .salIdlDuplicateName, "struct \(result.name) has two fields “\(field.name)”",
                    remedy: "Rename or remove one of them.", at: offset)
            }
            elements += field.arrayLength ?? 1
            guard elements <= IDLLimits.elements else {
                throw lexer.error(
                    .salIdlTooLarge,
                    "struct \(result.name) has more than \(IDLLimits.elements) elements at field “\(field.name)”",
                    remedy: "Check the array length; SAL's widest topic has 14,486 elements.", at: offset)
            }
            result.fields.append(field)
        }
        guard !result.fields.isEmpty else {
            throw syntax("struct \(result.name) has no field")
        }
        try advance()
        try expect(";", "after struct \(result.name)")
        openStruct = nil
        return result
    }

    private mutating func declare(_ name: String, at offset: Int) throws(EFDError) {
        guard structNames.insert(name).inserted else {
            throw lexer.error(
                .salIdlDuplicateName, "struct \(name) is defined twice", remedy: "Remove one of them.", at: offset)
        }
        let topic = SALName(structName: name).salName
        if let other = topicNames.updateValue(name, forKey: topic) {
            throw lexer.error(
                .salIdlDuplicateName, "topic \(topic) is defined twice, as \(other) and as \(name)",
                remedy: "Keep one revision of a topic; generate the file again with SAL.", at: offset)
        }
    }

    private mutating func field(of structName: String) throws(EFDError) -> IDLField {
        let start = lexer.tokenStart
        let type = try type(of: "a field of struct \(structName)")
        var field = IDLField(name: try name("a field of struct \(structName)"), type: type)
        if token == .symbol(UInt8(ascii: "[")) {
            try advance()
            field.arrayLength = try bound("array length of field \(field.name)", upTo: IDLLimits.elements)
            try expect("]", "after the array length of field \(field.name)")
            if token == .symbol(UInt8(ascii: "[")) {
                throw lexer.error(
                    .salIdlUnsupportedType, "field “\(field.name)” of struct \(structName) is an array of arrays",
                    remedy: "SAL has one-dimensional arrays only; make it one array.", at: start)
            }
        }
        guard token == .symbol(UInt8(ascii: ";")) else {
            throw syntax(
                "expected “;” after field “\(field.name)” of struct \(structName) but found \(describe(token))")
        }
        if let metadata = lexer.commentOnThisLine()?.metadata { (field.units, field.description) = metadata }
        try advance()
        return field
    }

    /// Reads a type. `owner` names its field in errors.
    mutating func type(of owner: String) throws(EFDError) -> IDLType {
        let start = lexer.tokenStart
        guard case .word(let word) = token else {
            throw syntax("expected the type of \(owner) but found \(describe(token))")
        }
        try advance()
        if token == .scope { throw unsupported(word, "a type of another module", owner, at: start) }
        switch word {
        case "boolean": return .boolean
        case "octet", "byte": return .octet
        case "char": return .char
        case "short": return .int16
        case "int": return .int32
        case "float": return .float
        case "double": return .double
        case "long": return try long(signed: true, owner, at: start)
        case "unsigned": return try unsigned(owner, at: start)
        case "string": return .string(bound: try stringBound())
        case "struct": throw unsupported("struct", "a nested struct", owner, at: start)
        case "sequence", "union", "enum", "map", "any", "wchar", "wstring", "fixed", "bitset", "bitmask", "Object":
            throw unsupported(word, "of type \(word)", owner, at: start)
        case _ where structNames.contains(word): throw unsupported(word, "a nested struct", owner, at: start)
        default:
            throw lexer.error(
                .salIdlUnknownType, "unknown type “\(word.prefix(60))” of \(owner)", remedy: knownTypes, at: start)
        }
    }

    private var knownTypes: String {
        "SAL types are boolean, octet, char, short, unsigned short, long, unsigned long, long long, unsigned long "
            + "long, float, double, string and string<N>."
    }

    private func unsupported(_ word: String, _ what: String, _ owner: String, at offset: Int) -> EFDError {
        lexer.error(
            .salIdlUnsupportedType, "\(owner) is \(what) (“\(word.prefix(60))”)",
            remedy: "SAL topics are flat. " + knownTypes, at: offset)
    }

    /// After one `long`: a second one belongs to the type only if a name follows, since keywords are valid names.
    private mutating func long(signed: Bool, _ owner: String, at start: Int) throws(EFDError) -> IDLType {
        guard case .word(let word) = token, word == "long" || word == "double" else { return signed ? .int32 : .uint32 }
        let before = (lexer, token)
        try advance()
        guard case .word = token else {
            (lexer, token) = before
            return signed ? .int32 : .uint32
        }
        if word == "double" { throw unsupported("long double", "of type long double", owner, at: start) }
        return signed ? .int64 : .uint64
    }

    private mutating func unsigned(_ owner: String, at start: Int) throws(EFDError) -> IDLType {
        let following = token
        switch following {
        case .word("short"):
            try advance()
            return .uint16
        case .word("int"):
            try advance()
            return .uint32
        case .word("long"):
            try advance()
            return try long(signed: false, owner, at: start)
        default:
            throw lexer.error(
                .salIdlUnknownType, "unknown type “unsigned” followed by \(describe(following)) of \(owner)",
                remedy: knownTypes, at: start)
        }
    }

    private mutating func stringBound() throws(EFDError) -> Int? {
        guard token == .symbol(UInt8(ascii: "<")) else { return nil }
        try advance()
        let bound = try bound("string bound", upTo: IDLLimits.stringBound)
        try expect(">", "after the string bound")
        return bound
    }

    private mutating func bound(_ what: String, upTo limit: Int) throws(EFDError) -> Int {
        guard case .number(let value) = token else {
            throw syntax("the \(what) must be a number but is \(describe(token))")
        }
        guard value > 0 else { throw syntax("the \(what) is \(value)") }
        guard value <= limit else {
            throw lexer.error(
                .salIdlTooLarge, "the \(what) is \(value), more than \(limit)",
                remedy: "Check the number; no SAL topic comes near it.")
        }
        try advance()
        return Int(value)
    }
}
