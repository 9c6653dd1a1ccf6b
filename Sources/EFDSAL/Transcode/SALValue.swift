/// A value of one field, for creators of samples: the simulator and tests.
public enum SALValue: Sendable, Equatable {
    case boolean(Bool)
    /// Every integer type and `char`; `unsigned long long` as its bits.
    case integer(Int64)
    /// `float`, rounded to it, and `double`.
    case real(Double)
    case text(String)
    /// A string of any bytes except NUL, as some senders write them.
    case bytes([UInt8])
    /// An array of one kind of elements.
    case booleans([Bool])
    case integers([Int64])
    case reals([Double])
    case texts([String])
}
