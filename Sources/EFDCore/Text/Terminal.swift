import Glibc

/// The terminal of standard output.
public enum Terminal {
    public struct Size: Sendable {
        public let rows: Int
        /// Characters per line.
        public let columns: Int

        public init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }
    }

    /// nil if standard output is not a terminal, or its size is unknown.
    public static var size: Size? {
        var size = winsize()
        guard isatty(1) == 1, ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return nil
        }
        return Size(rows: Int(size.ws_row), columns: Int(size.ws_col))
    }

    /// Characters per line if standard output is a terminal; nil otherwise.
    public static var width: Int? { size?.columns }
}
