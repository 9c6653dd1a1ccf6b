import EFDCore

/// Writes values as DDS samples of a struct: the reverse of `CDRTranscoder`.
public struct CDRWriter: Sendable {
    public let definition: IDLStruct
    public let encoding: CDREncoding

    public init(_ definition: IDLStruct, encoding: CDREncoding = CDREncoding()) {
        self.definition = definition
        self.encoding = encoding
    }

    /// Appends one sample: the four-byte header, the fields, and zeros up to a multiple of four, as the header
    /// declares.
    /// - Parameter values: one for each field, in their order.
    /// - Throws: `sal.valueMismatch` if a value does not fit its field's type, range, length or bound. `bytes` is then
    ///   unchanged.
    public func append(_ values: [SALValue], to bytes: inout [UInt8]) throws(EFDError) {
        let start = bytes.count
        do throws(EFDError) {
            guard values.count == definition.fields.count else {
                throw mismatch("it has \(definition.fields.count) fields but \(values.count) values are given")
            }
            bytes += [UInt8(encoding.id >> 8), UInt8(encoding.id & 255), 0, 0]
            let origin = bytes.count
            for (field, value) in zip(definition.fields, values) { try append(value, field, origin, &bytes) }
            let padding = -(bytes.count - origin) & 3
            bytes += Array(repeating: 0, count: padding)
            bytes[start + 3] = UInt8(padding)
        } catch {
            bytes.removeSubrange(start...)
            throw error
        }
    }

    // MARK: Values

    private func append(_ value: SALValue, _ field: IDLField, _ origin: Int, _ bytes: inout [UInt8]) throws(EFDError) {
        if let length = field.arrayLength {
            guard value.arrayCount == length else { throw mismatch("field \(field.name) is an array of \(length)") }
        } else if value.arrayCount != nil {
            throw mismatch("field \(field.name) is not an array")
        }
        switch (field.type, value) {
        case (.boolean, .boolean(let value)): bytes.append(value ? 1 : 0)
        case (.boolean, .booleans(let values)): bytes += values.map { $0 ? 1 : 0 }
        case (.string, .text(let text)): try string(Array(text.utf8), field, origin, &bytes)
        case (.string, .bytes(let text)): try string(text, field, origin, &bytes)
        case (.string, .texts(let texts)): try strings(texts, field, origin, &bytes)
        case (.float, .real(let value)): put(Float(value).bitPattern, origin, &bytes)
        case (.float, .reals(let values)): for value in values { put(Float(value).bitPattern, origin, &bytes) }
        case (.double, .real(let value)): put(value.bitPattern, origin, &bytes)
        case (.double, .reals(let values)): for value in values { put(value.bitPattern, origin, &bytes) }
        case (.float, _), (.double, _), (.string, _), (.boolean, _):
            throw mismatch("field \(field.name) does not take such a value")
        case (_, .integer(let value)): try integer(value, field, origin, &bytes)
        case (_, .integers(let values)): for value in values { try integer(value, field, origin, &bytes) }
        default: throw mismatch("field \(field.name) does not take such a value")
        }
    }

    private func integer(_ value: Int64, _ field: IDLField, _ origin: Int, _ bytes: inout [UInt8]) throws(EFDError) {
        switch field.type {
        case .octet, .char: put(try narrow(UInt8.self, value, field), origin, &bytes)
        case .int16: put(try narrow(Int16.self, value, field), origin, &bytes)
        case .uint16: put(try narrow(UInt16.self, value, field), origin, &bytes)
        case .int32: put(try narrow(Int32.self, value, field), origin, &bytes)
        case .uint32: put(try narrow(UInt32.self, value, field), origin, &bytes)
        default: put(value, origin, &bytes)
        }
    }

    private func narrow<Value: FixedWidthInteger>(_: Value.Type, _ value: Int64, _ field: IDLField) throws(EFDError)
        -> Value
    {
        guard let narrow = Value(exactly: value) else {
            throw mismatch("\(value) is out of the range of field \(field.name)")
        }
        return narrow
    }

    private func strings(_ texts: [String], _ field: IDLField, _ origin: Int, _ bytes: inout [UInt8]) throws(EFDError) {
        var sizeAt: Int?
        if encoding.version == .xcdr2 {
            put(UInt32(0), origin, &bytes)
            sizeAt = bytes.count - 4
        }
        for text in texts { try string(Array(text.utf8), field, origin, &bytes) }
        guard let sizeAt else { return }
        var size: [UInt8] = []
        put(UInt32(bytes.count - sizeAt - 4), 0, &size)
        bytes.replaceSubrange(sizeAt..<sizeAt + 4, with: size)
    }

    private func string(_ text: [UInt8], _ field: IDLField, _ origin: Int, _ bytes: inout [UInt8]) throws(EFDError) {
        if case .string(let bound?) = field.type, text.count > bound {
            throw mismatch("a text of \(text.count) bytes is longer than the \(bound) of field \(field.name)")
        }
        guard !text.contains(0) else { throw mismatch("the text of field \(field.name) contains NUL") }
        put(UInt32(text.count + 1), origin, &bytes)
        bytes += text
        bytes.append(0)
    }

    /// A number at a multiple of its size, counted from `origin`.
    private func put<Value: FixedWidthInteger>(_ value: Value, _ origin: Int, _ bytes: inout [UInt8]) {
        let alignment = min(MemoryLayout<Value>.size, encoding.maxAlignment)
        bytes += repeatElement(0, count: -(bytes.count - origin) & (alignment - 1))
        withUnsafeBytes(of: encoding.isLittleEndian ? value.littleEndian : value.bigEndian) { bytes += $0 }
    }

    private func mismatch(_ why: String) -> EFDError {
        EFDError(
            .salValueMismatch, "cannot create a sample of struct \(definition.name): \(why)",
            remedy: "Give each field a value of its type.")
    }
}

extension SALValue {
    /// Nil for a scalar.
    fileprivate var arrayCount: Int? {
        switch self {
        case .boolean, .integer, .real, .text, .bytes: nil
        case .booleans(let values): values.count
        case .integers(let values): values.count
        case .reals(let values): values.count
        case .texts(let values): values.count
        }
    }
}
