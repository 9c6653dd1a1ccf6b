import Glibc

/// The terminal of standard output.
public enum Terminal {
    /// Characters per line if standard output is a terminal; nil otherwise.
    public static var width: Int? {
        var size = winsize()
        guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }
}
