/// A value of one field, for those who make samples: the simulator and tests.
public enum SALValue: Sendable, Equatable {
    case boolean(Bool)
    /// Every integer type and `char`; `unsigned long long` by its bits.
    case integer(Int64)
    /// `float`, rounded to it, and `double`.
    case real(Double)
    case text(String)
    /// A string of any bytes but NUL, as some senders write them.
    case bytes([UInt8])
    /// An array. The elements of one field are of one kind.
    case booleans([Bool])
    case integers([Int64])
    case reals([Double])
    case texts([String])
}
