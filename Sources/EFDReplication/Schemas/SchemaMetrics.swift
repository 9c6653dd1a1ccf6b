import EFDCore

/// What is counted of schemas.
struct SchemaMetrics: Sendable {
    let carried: Counter
    let passed: Counter
    let refused: Counter
    let levels: Counter

    init(_ metrics: Metrics) {
        carried = metrics.counter(
            "efd_schemas_carried_total", "First sights of schema ids after which the target's registry knew the schema."
        )
        passed = metrics.counter(
            "efd_schema_ids_passed_total",
            "First sights of ids that stand for no schema of their topic: passed on as they are.")
        refused = metrics.counter(
            "efd_schemas_refused_total", "Schemas that cannot be brought to the target: their topics stop.")
        levels = metrics.counter(
            "efd_schema_levels_set_total", "Compatibility levels that were set at the target as they are at the source."
        )
    }
}
