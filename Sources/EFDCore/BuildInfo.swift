/// The version of this build.
public enum BuildInfo {
    public static let version = "0.1.0"
    public static let name = "efd"
}
