import EFDCore

extension IDLParser {
    mutating func advance() throws(EFDError) { token = try lexer.next() }

    mutating func expect(_ symbol: Character, _ context: String) throws(EFDError) {
        guard case .symbol(let byte) = token, byte == symbol.asciiValue else {
            throw syntax("expected “\(symbol)” \(context) but found \(describe(token))")
        }
        try advance()
    }

    /// Any word, keywords included. A leading underscore, IDL's escape for keywords, stays part of the name.
    mutating func name(_ what: String) throws(EFDError) -> String {
        guard case .word(let word) = token else {
            throw syntax("expected the name of \(what) but found \(describe(token))")
        }
        guard word.utf8.count <= 255 else { throw syntax("the name of \(what) has \(word.utf8.count) characters") }
        try advance()
        return word
    }

    func describe(_ token: IDLLexer.Token) -> String {
        switch token {
        case .word(let word): "“\(word.prefix(60))”"
        case .number(let value): "\(value)"
        case .text: "a quoted text"
        case .symbol(let byte): "“\(Character(UnicodeScalar(byte)))”"
        case .scope: "“::”"
        case .directive: "a # line"
        case .end: "the end of the file"
        }
    }

    func syntax(_ message: String) -> EFDError {
        if token == .end { return truncated(in: message) }
        return lexer.error(.salIdlSyntax, message, remedy: "Correct the line or generate the file again with SAL.")
    }

    func truncated(in context: String) -> EFDError {
        let inside =
            openStruct.map { ", inside struct \($0.name), which begins on line \(lexer.position(of: $0.offset).line)" }
            ?? ""
        return lexer.error(
            .salIdlTruncated, "the file ends too early\(inside) (\(context))",
            remedy: "Copy the file again or generate it with SAL.")
    }

    func notSAL(_ message: String) -> EFDError {
        lexer.error(
            .salNotSALIDL, "this is not a SAL IDL file: \(message)",
            remedy: "Name a sal_revCoded_<Component>.idl that SAL generated.")
    }
}
