/// How the target's registry comes to know the schemas of the records that are copied.
public enum SchemaMode: String, Sendable, CaseIterable {
    /// Under the ids that they have at the source, through the target registry's mode IMPORT.
    case preserve
    /// Under ids that the target registry gives; the ids in the records are rewritten.
    case translate
    /// A registry at the target reads the copy of the source registry's topic; records wait for it.
    case mirror
    /// Nobody looks at schemas.
    case none
}
