import CRdKafka
import EFDCore

extension KafkaAdmin {
    /// Every consumer group of the cluster.
    ///
    /// - Throws: also if only some brokers answered: an incomplete list would be misleading.
    public func consumerGroups() throws(EFDError) -> [ConsumerGroup] {
        let attempt = "listing consumer groups"
        let answer = try request(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, attempt) { options, answers in
            rd_kafka_ListConsumerGroups(handle.raw, options, answers)
        }
        guard let result = rd_kafka_event_ListConsumerGroups_result(answer.raw) else { return [] }
        var count = 0
        if let errors = rd_kafka_ListConsumerGroups_result_errors(result, &count), count > 0 {
            let detail = rd_kafka_error_string(errors[0]).map { String(cString: $0) } ?? ""
            throw KafkaErrorCode(rd_kafka_error_code(errors[0])).error(
                attempting: attempt, on: handle.servers, detail: detail)
        }
        guard let groups = rd_kafka_ListConsumerGroups_result_valid(result, &count) else { return [] }
        return (0..<count).map { index in
            ConsumerGroup(
                name: String(cString: rd_kafka_ConsumerGroupListing_group_id(groups[index])),
                state: ConsumerGroup.State(rd_kafka_ConsumerGroupListing_state(groups[index])))
        }
    }

    /// The current members of a group; none if there is no such group.
    public func members(ofGroup group: String) throws(EFDError) -> [ConsumerGroup.Member] {
        let attempt = "describing group \(group)"
        return try requestOfGroup(RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, attempt) { options, answers in
            group.withCString { name in
                var names: UnsafePointer<CChar>? = name
                rd_kafka_DescribeConsumerGroups(handle.raw, &names, 1, options, answers)
            }
        } read: { (answer) throws(EFDError) in
            var count = 0
            guard let result = rd_kafka_event_DescribeConsumerGroups_result(answer),
                let groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count == 1
            else { return [] }
            if let error = rd_kafka_ConsumerGroupDescription_error(groups[0]) {
                try refuse(
                    KafkaErrorCode(rd_kafka_error_code(error)), attempt,
                    rd_kafka_error_string(error).map { String(cString: $0) } ?? "")
            }
            return (0..<rd_kafka_ConsumerGroupDescription_member_count(groups[0])).map { index in
                let member = rd_kafka_ConsumerGroupDescription_member(groups[0], index)
                return ConsumerGroup.Member(
                    clientID: rd_kafka_MemberDescription_client_id(member).map { String(cString: $0) } ?? "",
                    host: rd_kafka_MemberDescription_host(member).map { String(cString: $0) } ?? "")
            }
        }
    }

    /// All offsets that a group has committed; empty if there is no such group. Waits for offsets of transactions that
    /// are being committed.
    public func committedOffsets(ofGroup group: String) throws(EFDError) -> [PartitionOffset] {
        var asked: OpaquePointer? = rd_kafka_ListConsumerGroupOffsets_new(group, nil)
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(asked) }
        let attempt = "listing the offsets of group \(group)"
        let client = try offsetReader(of: group)
        return try requestOfGroup(by: client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, attempt) { options, answers in
            if let error = rd_kafka_AdminOptions_set_require_stable_offsets(options, 1) {
                rd_kafka_error_destroy(error)
            }
            rd_kafka_ListConsumerGroupOffsets(client.raw, &asked, 1, options, answers)
        } read: { (answer) throws(EFDError) in
            var count = 0
            let groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
                rd_kafka_event_ListConsumerGroupOffsets_result(answer), &count)
            return try offsets(groups, count, attempt).filter { $0.offset >= 0 }
        }
    }

    /// Sets committed offsets of a group without members.
    ///
    /// - Throws: if the group has members (`kafka.groupBusy`), or a partition does not exist.
    public func setOffsets(ofGroup group: String, _ offsets: [PartitionOffset]) throws(EFDError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        var asked: OpaquePointer? = list.with { rd_kafka_AlterConsumerGroupOffsets_new(group, $0) }
        defer { rd_kafka_AlterConsumerGroupOffsets_destroy(asked) }
        let attempt = "setting the offsets of group \(group)"
        try requestOfGroup(RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS, attempt) { options, answers in
            rd_kafka_AlterConsumerGroupOffsets(handle.raw, &asked, 1, options, answers)
        } read: { (answer) throws(EFDError) in
            var count = 0
            let groups = rd_kafka_AlterConsumerGroupOffsets_result_groups(
                rd_kafka_event_AlterConsumerGroupOffsets_result(answer), &count)
            _ = try self.offsets(groups, count, attempt)
        }
    }

    private func offsets(
        _ groups: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ attempt: String
    ) throws(EFDError) -> [PartitionOffset] {
        guard let groups, count == 1, let group = groups[0] else { return [] }
        if let error = rd_kafka_group_result_error(group) {
            try refuse(
                KafkaErrorCode(rd_kafka_error_code(error)), attempt,
                rd_kafka_error_string(error).map { String(cString: $0) } ?? "")
        }
        guard let list = rd_kafka_group_result_partitions(group) else { return [] }
        for index in 0..<Int(list.pointee.cnt) { try refuse(KafkaErrorCode(list.pointee.elems[index].err), attempt) }
        return PartitionList.offsets(UnsafeMutablePointer(mutating: list))
    }

    private func refuse(_ code: KafkaErrorCode, _ attempt: String, _ detail: String = "") throws(EFDError) {
        guard code.isError else { return }
        // A group with members rejects offsets from other clients.
        if [
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP,
        ].contains(code.code) {
            throw EFDError(
                .kafkaGroupBusy, "Kafka at \(handle.servers): \(attempt): the group has members",
                remedy: "Stop its consumers first", recovery: .retry)
        }
        throw code.error(attempting: attempt, on: handle.servers, detail: detail)
    }
}

extension ConsumerGroup.State {
    init(_ state: rd_kafka_consumer_group_state_t) {
        self =
            switch state {
            case RD_KAFKA_CONSUMER_GROUP_STATE_PREPARING_REBALANCE: .preparingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_COMPLETING_REBALANCE: .completingRebalance
            case RD_KAFKA_CONSUMER_GROUP_STATE_STABLE: .stable
            case RD_KAFKA_CONSUMER_GROUP_STATE_DEAD: .dead
            case RD_KAFKA_CONSUMER_GROUP_STATE_EMPTY: .empty
            default: .unknown
            }
    }
}
