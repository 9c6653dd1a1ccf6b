import EFDAvro
import EFDCore

/// The plans of one reading thread, so that it calls `SchemaPlans`, which locks, once for each schema.
struct PlanCache {
    enum Entry {
        case plan(AvroPlan)
        /// Records of this schema cannot be decoded: they become dead letters.
        case unusable(EFDError)
        /// The schema may become known: the partition waits.
        case unknown(EFDError)
    }

    private let plans: SchemaPlans
    private let patience: Double
    private var entries: [Int32: Entry] = [:]
    /// When the registry first reported the schema as missing, in monotonic seconds.
    private var missingSince: [Int32: Double] = [:]

    /// - Parameter patience: seconds that records wait for a missing schema.
    init(_ plans: SchemaPlans, patience: Double) {
        self.plans = plans
        self.patience = patience
    }

    mutating func entry(_ id: Int32) -> Entry {
        if let known = entries[id] { return known }
        switch plans.answer(id) {
        case .plan(let plan): return remember(id, .plan(plan))
        case .unusable(let error): return remember(id, .unusable(error))
        case .pending(let error): return .unknown(error)
        case .missing:
            let now = MonotonicClock.seconds()
            let since = missingSince[id] ?? now
            missingSince[id] = since
            let error = EFDError(
                .sinkSchemaUnknown, "the registry has no schema with id \(id)",
                remedy: "Check that --registry-url is the registry of this cluster, and that the schema is registered; "
                    + "then replay the record.", recovery: .reject)
            return now - since < patience ? .unknown(error) : .unusable(error)
        }
    }

    private mutating func remember(_ id: Int32, _ entry: Entry) -> Entry {
        entries[id] = entry
        missingSince[id] = nil
        return entry
    }
}
