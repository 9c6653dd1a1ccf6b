import CExpat
import EFDCore

/// One element of an XML answer: its text and child elements, without attributes.
///
/// expat parses; documents with a type declaration are rejected, so no entity is ever expanded.
public final class XMLElement {
    /// Without a namespace prefix.
    public let name: String
    /// Its text, including the text between its children.
    public fileprivate(set) var text = ""
    public fileprivate(set) var elements: [XMLElement] = []

    fileprivate init(_ name: String) { self.name = name }

    /// The first element of that name.
    public subscript(name: String) -> XMLElement? { elements.first { $0.name == name } }
    public func all(_ name: String) -> [XMLElement] { elements.filter { $0.name == name } }

    /// Maximum depth: answers have a handful of levels.
    private static let maximumDepth = 32

    /// The root of a document. Throws `s3.answerMalformed`.
    public static func parse(_ bytes: [UInt8]) throws(EFDError) -> XMLElement {
        guard let parser = XML_ParserCreate(nil) else { throw EFDError(.s3AnswerMalformed, "out of memory") }
        defer { XML_ParserFree(parser) }
        let state = State(parser)
        XML_SetUserData(parser, Unmanaged.passUnretained(state).toOpaque())
        XML_SetElementHandler(parser, start, end)
        XML_SetCharacterDataHandler(parser, characters)
        XML_SetStartDoctypeDeclHandler(parser, refuse)
        let status = bytes.withUnsafeBytes {
            XML_Parse(parser, $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: $0.count), 1)
        }
        guard status == XML_STATUS_OK, let root = state.root else {
            let why = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "it is empty"
            throw EFDError(
                .s3AnswerMalformed,
                "the answer is not valid XML: \(why), in line \(XML_GetCurrentLineNumber(parser))")
        }
        return root
    }

    fileprivate final class State {
        let parser: XML_Parser
        var root: XMLElement?
        var open: [XMLElement] = []

        init(_ parser: XML_Parser) { self.parser = parser }

        func start(_ name: String) {
            let element = XMLElement(name.split(separator: ":").last.map(String.init) ?? name)
            if let parent = open.last { parent.elements.append(element) } else { root = element }
            open.append(element)
            if open.count > XMLElement.maximumDepth { XML_StopParser(parser, XML_Bool(XML_FALSE)) }
        }
    }
}

private func state(_ context: UnsafeMutableRawPointer?) -> XMLElement.State? {
    context.map { Unmanaged<XMLElement.State>.fromOpaque($0).takeUnretainedValue() }
}

private let start: XML_StartElementHandler = { context, name, _ in
    if let name { state(context)?.start(String(cString: name)) }
}
private let end: XML_EndElementHandler = { context, _ in _ = state(context)?.open.popLast() }
private let characters: XML_CharacterDataHandler = { context, bytes, count in
    guard let bytes else { return }
    state(context)?.open.last?.text += String(
        decoding: UnsafeRawBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
}
private let refuse: XML_StartDoctypeDeclHandler = { context, _, _, _, _ in
    if let parser = state(context)?.parser { XML_StopParser(parser, XML_Bool(XML_FALSE)) }
}
