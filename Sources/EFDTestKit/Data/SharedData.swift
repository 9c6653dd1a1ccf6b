import EFDCore
import Glibc

/// Real SAL data beside the package: read in place, never part of it. `EFD_SHARED` says where else it is.
public enum SharedData {
    /// The folder `data`, nil where this machine has none.
    public static let folder: String? = {
        let package = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        let shared = getenv("EFD_SHARED").map { String(cString: $0) } ?? "/\(package)/../shared"
        return access("\(shared)/data", R_OK) == 0 ? "\(shared)/data" : nil
    }()

    /// Every IDL file of the folders `idl-…`: both forms that SAL wrote.
    public static func idlFiles() throws(EFDError) -> [String] {
        guard let folder else { return [] }
        var paths: [String] = []
        for name in try Files.names(in: folder) where name.hasPrefix("idl-") {
            paths += try Files.names(in: "\(folder)/\(name)").filter { $0.hasSuffix(".idl") }.map {
                "\(folder)/\(name)/\($0)"
            }
        }
        return paths
    }
}
