import EFDCore
import EFDRegistry

/// The body of a request with a schema.
struct SchemaRequest {
    let text: String
    let references: [SchemaReference]
    let id: Int32?
    let version: Int?

    init(_ document: JSON) throws(RegistryRefusal) {
        guard let text = document["schema"]?.string, !text.isEmpty else {
            throw .invalidSchema("the request has no \"schema\" with a text")
        }
        if let type = document["schemaType"], !type.isNull, type != "AVRO" {
            throw .invalidSchema("this registry supports only Avro schemas, not \(type.text)")
        }
        let list = document["references"] ?? .null
        guard list.isNull || list.elements != nil, let references = [SchemaReference](list.isNull ? [] : list) else {
            throw .invalidSchema("a reference needs a \"name\", a \"subject\" and a \"version\"")
        }
        self.references = references
        self.text = text
        id = try Self.number(document["id"], "id").map { Int32($0) }
        version = try Self.number(document["version"], "version").map { Int($0) }
    }

    /// The validated schema without white space: the text that is stored and compared.
    func valid(_ state: RegistryState, isNormalized: Bool) throws(RegistryRefusal) -> RegistryState.Text {
        let known = try SchemaRules.known(references, state)
        return RegistryState.Text(
            text: try SchemaRules.validText(text, knowing: known, isNormalized: isNormalized), type: "AVRO",
            references: references)
    }

    /// Import mode validates nothing: a schema that its own registry accepted must be accepted.
    var imported: RegistryState.Text {
        RegistryState.Text(text: (try? JSON.parse(text))?.text ?? text, type: "AVRO", references: references)
    }

    /// Clients write -1 or 0 for an absent number.
    private static func number(_ value: JSON?, _ name: String) throws(RegistryRefusal) -> Int64? {
        guard let value, !value.isNull else { return nil }
        guard let number = value.integer, number <= Int64(Int32.max) else {
            throw .malformed("\"\(name)\" is not a 32-bit number")
        }
        return number > 0 ? number : nil
    }
}
