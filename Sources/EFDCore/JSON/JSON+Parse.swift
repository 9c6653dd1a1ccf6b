import CJansson

extension JSON {
    /// Parses any JSON value. Rejects repeated keys, integers beyond 64 bits and bytes after the value; the error has
    /// line and column.
    public static func parse(_ text: String) throws(EFDError) -> JSON { try parse(Array(text.utf8)) }

    public static func parse(_ bytes: [UInt8]) throws(EFDError) -> JSON {
        var failure = json_error_t()
        let flags = Int(JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL)
        let root = bytes.withUnsafeBytes { raw in
            json_loadb(raw.baseAddress?.assumingMemoryBound(to: CChar.self) ?? emptyText, raw.count, flags, &failure)
        }
        guard let root else {
            let text = withUnsafeBytes(of: failure.text) { String(cString: $0.bindMemory(to: CChar.self).baseAddress!) }
            throw EFDError(
                .jsonMalformed, "JSON is malformed at line \(failure.line), column \(failure.column): \(text)",
                recovery: .reject)
        }
        defer { json_decref(root) }
        return JSON(root)
    }

    private init(_ node: UnsafeMutablePointer<json_t>) {
        switch node.pointee.type {
        case JSON_OBJECT:
            var entries: [(key: String, value: JSON)] = []
            entries.reserveCapacity(json_object_size(node))
            var position = json_object_iter(node)
            while let at = position {
                let key = UnsafeRawBufferPointer(start: json_object_iter_key(at), count: json_object_iter_key_len(at))
                entries.append((String(decoding: key, as: UTF8.self), JSON(json_object_iter_value(at)!)))
                position = json_object_iter_next(node, at)
            }
            self = .object(Members(entries))
        case JSON_ARRAY:
            self = .array((0..<json_array_size(node)).map { JSON(json_array_get(node, $0)!) })
        case JSON_STRING:
            self = .string(
                String(
                    decoding: UnsafeRawBufferPointer(start: json_string_value(node), count: json_string_length(node)),
                    as: UTF8.self))
        case JSON_INTEGER: self = .integer(json_integer_value(node))
        case JSON_REAL: self = .real(json_real_value(node))
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        default: self = .null
        }
    }
}

/// jansson rejects a null buffer even if its length is 0.
nonisolated(unsafe) private let emptyText = UnsafePointer<CChar>(UnsafeMutablePointer<CChar>.allocate(capacity: 1))
