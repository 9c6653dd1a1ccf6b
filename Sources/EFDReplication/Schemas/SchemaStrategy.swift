import EFDCore
import EFDRegistry

/// One of the ways in which the target's registry comes to know a schema. Any thread may ask, several for the same
/// schema.
protocol SchemaStrategy: Sendable {
    /// Records get other ids: a first byte 0 must be known to mean a schema.
    var rewritesIDs: Bool { get }

    /// Returns the schema's id at the target once the registry there knows it.
    ///
    /// - Parameter id: the schema's id at the source.
    func bring(_ schema: RegisteredSchema, id: Int32, to place: SchemaPlace) throws(EFDError) -> Int32
}

enum SchemaLimits {
    /// References that lead over more schemas than this are taken for a circle.
    static let referenceDepth = 64
    /// Threads that ask the registries on behalf of the interval.
    static let followers = 8
    /// Source schemas kept while several partitions ask for them.
    static let cachedSchemas = 256
    /// Seconds for which an id stays unknown before the source's registry is asked again.
    static let unknownSeconds = 2.0
    /// Unknown ids in a row after which a topic without subjects counts as not Avro, and for how many seconds.
    static let strangeIDs = 20
    static let strangeSeconds = 60.0
}
