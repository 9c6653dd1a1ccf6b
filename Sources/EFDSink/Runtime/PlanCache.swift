import EFDAvro
import EFDCore
import EFDRegistry

/// The compiled plans by schema id, for the reading thread alone.
struct PlanCache {
    enum Entry {
        case plan(AvroPlan)
        /// The records of this schema can't be decoded.
        case unusable(EFDError)
    }

    private let cache: SchemaCache
    private var entries: [Int32: Entry] = [:]

    init(_ cache: SchemaCache) { self.cache = cache }

    /// Throws only what may pass: the registry cannot be asked now.
    mutating func entry(_ id: Int32) throws(EFDError) -> Entry {
        if let known = entries[id] { return known }
        switch cache.schema(id) {
        case .found(let schema):
            let entry = compile(schema, id)
            entries[id] = entry
            return entry
        case .missing:
            // Not kept: the cache asks again after a while.
            return .unusable(
                EFDError(
                    "sink.schemaUnknown", "the registry knows no schema with id \(id)",
                    remedy: "Register the schema, then replay the record.",
                    recovery: .reject))
        case .unreachable(let error): throw error
        }
    }

    private func compile(_ schema: RegisteredSchema, _ id: Int32) -> Entry {
        do throws(EFDError) {
            return .plan(try AvroPlan(try AvroSchema.parse(schema.text)))
        } catch {
            return .unusable(
                EFDError(error.code, "schema \(id): \(error.message)", remedy: error.remedy, recovery: .reject))
        }
    }
}
