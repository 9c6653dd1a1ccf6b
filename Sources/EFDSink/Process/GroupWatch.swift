import EFDCore
import EFDKafka

/// Checks at intervals whether a member of the connector's consumer group stores elsewhere, and then fails readiness.
///
/// It has its own thread, since the coordinator may answer slowly.
struct GroupWatch: Sendable {
    let group: String
    let mark: DestinationMark
    let properties: KafkaProperties
    /// Of the reading client: no request is sent while no broker answers.
    let connection: KafkaConnection
    let scope: Scope

    private static let condition = "group-members"

    /// Returns once `stop` stops.
    func run(_ stop: StopToken) {
        var wait = SinkLimits.firstGroupLook
        var known: EFDError?
        while !stop.wait(seconds: wait) {
            guard connection.status == .up else { continue }
            do throws(EFDError) {
                let found = try Self.foreigner(among: members(), mark, group)
                if !stop.isStopped { report(found, known) }
                known = found
            } catch {
                // A connector without permission to describe its group still stores.
                scope.log.debug("the members of the consumer group are not known", ["reason": .text(error.message)])
            }
            wait = known == nil ? min(2 * wait, SinkLimits.groupLook) : SinkLimits.sharedGroupLook
        }
    }

    /// With a temporary client: a permanent one would cost every connector memory and connections for one request a
    /// minute.
    private func members() throws(EFDError) -> [ConsumerGroup.Member] {
        let hooks = KafkaHooks(clientID: scope.name)
        let admin = try KafkaAdmin(properties, timeout: SinkLimits.groupPatience, hooks: hooks)
        // A mock cluster does not answer this request.
        return admin.isMockCluster ? [] : try admin.members(ofGroup: group)
    }

    private func report(_ found: EFDError?, _ known: EFDError?) {
        if let found {
            scope.health.set(Self.condition, isMet: false, found.description)
            if found.message != known?.message { scope.log.error("the consumer group is shared", found) }
        } else if known != nil {
            scope.health.clear(Self.condition)
            scope.log.info("every member of the consumer group stores in the same place again")
        }
    }

    /// nil: every member with a mark of its destination has the mark of this connector.
    static func foreigner(among members: [ConsumerGroup.Member], _ mark: DestinationMark, _ group: String)
        -> EFDError?
    {
        let foreign = members.filter { DestinationMark(clientID: $0.clientID).map { $0 != mark } ?? false }
        guard !foreign.isEmpty else { return nil }
        let names = Set(foreign.map { "\($0.clientID) at \($0.host)" }).sorted().joined(separator: ", ")
        return EFDError(
            .sinkGroupShared,
            "the consumer group \(group) has members that store elsewhere, so each destination gets only part of the "
                + "records: \(names)",
            remedy: "Give each destination its own --group-id, or stop the other members.", recovery: .intervene)
    }
}
