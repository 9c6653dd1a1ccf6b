import EFDCore

/// One step of a plan: the type to read, and its destination column.
struct PlanStep: Sendable {
    enum Operation: UInt8, Sendable {
        case boolean, int, long, float, double, string, bytes
        /// `argument` bytes.
        case fixed
        /// Of the symbols at `argument`.
        case enumeration
        /// See `item`.
        case list
        /// The value's JSON text, of the type at `argument`.
        case json
        /// The same of a union with null and several other branches.
        case jsonOfUnion
    }

    var operation: Operation
    /// Only for lists: the item kind.
    var item: Operation = .boolean
    /// Index of null in the enclosing union; -1: no union.
    var nullIndex: Int8 = -1
    /// The same for a list's items.
    var itemNullIndex: Int8 = -1
    var column: Int32
    var argument: Int32 = 0
    /// The minimum bytes of a list item.
    var itemMinimum: Int32 = 0
    /// Consecutive fields of one type form one step.
    var count: Int32 = 1

    /// Whether `next` reads the same type into the adjacent column.
    func isContinued(by next: PlanStep) -> Bool {
        switch operation {
        case .boolean, .int, .long, .float, .double, .string:
            next.operation == operation && nullIndex < 0 && next.nullIndex < 0 && next.column == column + count
        case .bytes, .fixed, .enumeration, .list, .json, .jsonOfUnion: false
        }
    }
}

/// The code that a plan runs, with plain pointers: a step costs no reference counting.
final class PlanCode: @unchecked Sendable {
    let steps: UnsafeBufferPointer<PlanStep>
    let enumerations: UnsafePointer<Enumeration>
    let symbols: UnsafePointer<UnsafeRawBufferPointer>
    let schema: AvroSchema
    /// Types that are rendered as JSON text.
    let types: [AvroType]

    /// The range of an enum's symbols among all.
    struct Enumeration: BitwiseCopyable {
        let first: Int
        let count: Int
    }

    private let text: UnsafeMutableRawBufferPointer

    init(_ schema: AvroSchema, _ single: [PlanStep], enumerations: [[String]], types: [AvroType]) {
        self.schema = schema
        var steps: [PlanStep] = []
        for step in single {
            if let last = steps.last, last.isContinued(by: step) {
                steps[steps.count - 1].count += 1
            } else {
                steps.append(step)
            }
        }
        self.steps = UnsafeBufferPointer(start: Self.keep(steps), count: steps.count)
        self.types = types
        let names = enumerations.joined().map { Array($0.utf8) }
        text = .allocate(byteCount: max(1, names.reduce(0) { $0 + $1.count }), alignment: 1)
        var slices: [UnsafeRawBufferPointer] = []
        var end = 0
        for name in names {
            let slice = text[end..<end + name.count]
            UnsafeMutableRawBufferPointer(rebasing: slice).copyBytes(from: name)
            slices.append(UnsafeRawBufferPointer(rebasing: slice))
            end += name.count
        }
        symbols = Self.keep(slices)
        var first = 0
        self.enumerations = Self.keep(
            enumerations.map { symbols in
                defer { first += symbols.count }
                return Enumeration(first: first, count: symbols.count)
            })
    }

    deinit {
        steps.deallocate()
        enumerations.deallocate()
        symbols.deallocate()
        text.deallocate()
    }

    private static func keep<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let kept = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
        kept.initialize(from: elements, count: elements.count)
        return UnsafePointer(kept)
    }
}
