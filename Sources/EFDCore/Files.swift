import Glibc

/// Small files read whole: settings, secrets, IDL.
public enum Files {
    /// The bytes of the file at `path`. Throws for files larger than `limit`.
    public static func read(_ path: String, limit: Int = 64 << 20) throws(EFDError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault("cannot open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw fault("cannot read \(path)") }
            if count == 0 { return bytes }
            bytes += chunk[0..<count]
            guard bytes.count <= limit else {
                throw EFDError(.filesTooLarge, "\(path) is larger than \(limit) bytes")
            }
        }
    }

    /// Throws if `path` cannot be opened for reading: checks early a file that a library opens later with a vaguer
    /// error.
    public static func checkReadable(_ path: String) throws(EFDError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault("cannot open \(path)") }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw EFDError(.filesUnreadable, "\(path) is a folder", remedy: "Name a file in it.")
        }
    }

    /// Replaces the file atomically: readers see the old content or the new, never half of it.
    public static func write(_ bytes: [UInt8], to path: String) throws(EFDError) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw fault("cannot create \(temporary)") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw fault("cannot write \(temporary)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw fault("cannot write \(path)") }
    }

    /// The file that stands where `path` needs a folder; nil: none does, or it cannot be known.
    public static func inTheWay(of path: String) -> String? {
        var part = path
        while !part.isEmpty {
            var status = stat()
            if stat(part, &status) == 0 { return status.st_mode & S_IFMT == S_IFDIR ? nil : part }
            guard errno == ENOENT || errno == ENOTDIR, let slash = part.lastIndex(of: "/") else { return nil }
            part = String(part[..<slash])
        }
        return nil
    }

    /// Names in the folder at `path`, sorted, without `.` and `..`.
    public static func names(in path: String) throws(EFDError) -> [String] {
        guard let folder = opendir(path) else { throw fault("cannot list \(path)") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func fault(_ attempt: String) -> EFDError {
        EFDError(
            .filesUnreadable, "\(attempt): \(String(cString: strerror(errno)))",
            remedy: "Check the path and its permissions.")
    }
}
