import EFDCore

/// Tests name error codes by their text: it is what users alert on.
extension EFDError.Code: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self.init(value) }
}
