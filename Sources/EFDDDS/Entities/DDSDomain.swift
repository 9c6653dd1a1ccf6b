import CCycloneDDS
import EFDCore

/// The DDS domains of this process. Cyclone has one configuration per domain and process, and closing a domain closes
/// all its entities, so participants share a domain and the last one closes it.
enum DDSDomain {
    private struct Open {
        let handle: dds_entity_t
        let configuration: DDSConfiguration
        var participants: Int
    }

    private static let open = Locked<[Int: Open]>([:])

    /// Opens a domain, or joins the open one; pair it with `leave`.
    static func join(_ id: Int, _ configuration: DDSConfiguration) throws(EFDError) {
        try open.withLock { (open) throws(EFDError) in
            if var known = open[id] {
                guard known.configuration == configuration else {
                    throw EFDError(
                        .ddsDomainConfigured, "DDS domain \(id) is open in this process with another configuration",
                        remedy: "Use one configuration per domain.")
                }
                known.participants += 1
                open[id] = known
                return
            }
            var made: dds_entity_t = 0
            let complaints = DDSLog.complaints { made = dds_create_domain(UInt32(id), configuration.xml) }
            let attempt = (["opening DDS domain \(id)"] + complaints).joined(separator: ": ")
            let handle = try DDSFault.check(made, attempt, remedy: DDSFault.network)
            open[id] = Open(handle: handle, configuration: configuration, participants: 1)
        }
    }

    static func leave(_ id: Int) {
        open.withLock { open in
            guard var known = open[id] else { return }
            known.participants -= 1
            if known.participants == 0 { dds_delete(known.handle) }
            open[id] = known.participants == 0 ? nil : known
        }
    }
}
