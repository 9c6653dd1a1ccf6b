import CYaml

extension YAML {
    /// Maximum nesting: settings are flat, and the stack is finite.
    public static let depthLimit = 32

    /// Parses one document. Anchors, aliases, tags, a second document and repeated keys are errors, each with its
    /// position. An empty document is an empty mapping.
    public static func parse(_ bytes: [UInt8]) throws(EFDError) -> YAML {
        try bytes.withUnsafeBufferPointer { (input) throws(EFDError) in
            let reader = YAMLReader(input)
            defer { reader.close() }
            return try reader.document()
        }
    }

    public static func parse(_ text: String) throws(EFDError) -> YAML { try parse(Array(text.utf8)) }
}

/// libyaml's parser holds pointers to itself, so it lives on the heap; it also keeps a pointer to the input.
private struct YAMLReader {
    private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    private let input: UnsafeBufferPointer<UInt8>

    init(_ input: UnsafeBufferPointer<UInt8>) {
        self.input = input
        yaml_parser_initialize(parser)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    func close() {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func document() throws(EFDError) -> YAML {
        _ = try next()  // stream start
        let start = try next()
        if start.kind == YAML_STREAM_END_EVENT { return .mapping([], .init(line: 1, column: 1)) }
        let first = try next()
        let root = try node(first, depth: 0)
        _ = try next()  // document end
        let end = try next()
        if end.kind != YAML_STREAM_END_EVENT { throw fault("a second document begins; only one is read", end.mark) }
        return root
    }

    private func node(_ event: borrowing YAMLEvent, depth: Int) throws(EFDError) -> YAML {
        let mark = event.mark
        guard depth < YAML.depthLimit else { throw fault("nested deeper than \(YAML.depthLimit)", mark) }
        guard !event.isDecorated else { throw fault("anchors and tags are not supported", mark) }
        switch event.kind {
        case YAML_SCALAR_EVENT:
            let scalar = event.raw.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(text, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE, mark)
        case YAML_SEQUENCE_START_EVENT: return .sequence(try elements(depth), mark)
        case YAML_MAPPING_START_EVENT: return .mapping(try entries(depth), mark)
        default: throw fault("aliases are not supported", mark)
        }
    }

    private func elements(_ depth: Int) throws(EFDError) -> [YAML] {
        var elements: [YAML] = []
        while true {
            let item = try next()
            if item.kind == YAML_SEQUENCE_END_EVENT { return elements }
            elements.append(try node(item, depth: depth + 1))
        }
    }

    private func entries(_ depth: Int) throws(EFDError) -> [YAML.Entry] {
        var entries: [YAML.Entry] = []
        while true {
            let item = try next()
            if item.kind == YAML_MAPPING_END_EVENT { return entries }
            guard case .scalar(let key, _, let mark) = try node(item, depth: depth + 1) else {
                throw fault("a key must be a word", item.mark)
            }
            guard !entries.contains(where: { $0.key == key }) else {
                throw fault("the key '\(key)' is repeated", mark)
            }
            let value = try next()
            entries.append(YAML.Entry(key: key, mark: mark, value: try node(value, depth: depth + 1)))
        }
    }

    private func next() throws(EFDError) -> YAMLEvent {
        var raw = yaml_event_t()
        guard yaml_parser_parse(parser, &raw) == 1 else {
            let mark = parser.pointee.problem_mark
            throw fault(problem(at: Int(mark.index)), YAML.Mark(line: Int(mark.line) + 1, column: Int(mark.column) + 1))
        }
        return YAMLEvent(raw: raw)
    }

    /// libyaml's words, or ours where it does not name the character.
    private func problem(at index: Int) -> String {
        let text = parser.pointee.problem.map { String(cString: $0) } ?? "this is not YAML"
        guard text.contains("cannot start any token"), index < input.count else { return text }
        return switch input[index] {
        case UInt8(ascii: "\t"): "a tab; YAML is indented with blanks only"
        case 33...126: "\(Character(Unicode.Scalar(input[index]))) cannot begin a value: put the value in quotes"
        default: text
        }
    }

    private func fault(_ problem: String, _ mark: YAML.Mark) -> EFDError {
        EFDError(.yamlMalformed, "YAML at \(mark): \(problem)")
    }
}

/// Frees libyaml's event on every exit path.
private struct YAMLEvent: ~Copyable {
    let raw: yaml_event_t

    var kind: yaml_event_type_t { raw.type }
    var mark: YAML.Mark { YAML.Mark(line: Int(raw.start_mark.line) + 1, column: Int(raw.start_mark.column) + 1) }

    var isDecorated: Bool {
        switch raw.type {
        case YAML_SCALAR_EVENT: raw.data.scalar.anchor != nil || raw.data.scalar.tag != nil
        case YAML_SEQUENCE_START_EVENT: raw.data.sequence_start.anchor != nil || raw.data.sequence_start.tag != nil
        case YAML_MAPPING_START_EVENT: raw.data.mapping_start.anchor != nil || raw.data.mapping_start.tag != nil
        default: false
        }
    }

    deinit {
        var raw = self.raw
        yaml_event_delete(&raw)
    }
}
