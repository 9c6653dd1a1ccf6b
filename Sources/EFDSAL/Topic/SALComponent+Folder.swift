import EFDCore

extension SALComponent {
    /// Reads a component's file from a folder of IDL.
    ///
    /// - Throws: `sal.unknownComponent` with near names, `files.unreadable`, or the fault in the file.
    public static func read(_ name: String, from folder: String) throws(EFDError) -> SALComponent {
        let known = try Files.names(in: folder).compactMap { component(ofFile: $0) }
        guard known.contains(name) else { throw unknown(name, known: known, folder: folder) }
        let path = "\(folder)/\(fileName(name))"
        return try SALComponent(parsing: try Files.read(path), file: path)
    }
}
