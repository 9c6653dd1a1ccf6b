import Glibc

/// The terminal that a person may be looking at.
public enum Terminal {
    /// Characters of a line where standard output is a terminal; nil where it is not.
    public static var width: Int? {
        var size = winsize()
        guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
