import CRdKafka
import EFDCore

extension KafkaAdmin {
    /// The ACLs of topics; omits unknown kinds. Also empty if the cluster has no authorizer.
    public func topicAccessRules() throws(EFDError) -> [AccessRule] {
        var words = [CChar](repeating: 0, count: 512)
        let attempt = "listing ACLs"
        guard
            let filter = rd_kafka_AclBindingFilter_new(
                RD_KAFKA_RESOURCE_TOPIC, nil, RD_KAFKA_RESOURCE_PATTERN_ANY, nil, nil, RD_KAFKA_ACL_OPERATION_ANY,
                RD_KAFKA_ACL_PERMISSION_TYPE_ANY, &words, words.count)
        else { throw EFDError(.kafkaRequestFailed, "\(attempt): out of memory") }
        defer { rd_kafka_AclBinding_destroy(filter) }
        let answer = try request(RD_KAFKA_ADMIN_OP_DESCRIBEACLS, attempt) { options, answers in
            rd_kafka_DescribeAcls(handle.raw, filter, options, answers)
        }
        var count = 0
        guard let rules = rd_kafka_DescribeAcls_result_acls(rd_kafka_event_DescribeAcls_result(answer.raw), &count)
        else { return [] }
        return (0..<count).compactMap { index in rules[index].flatMap { AccessRule($0) } }
    }

    /// Adds ACLs, in several requests; existing ones are unchanged.
    ///
    /// - Throws: `kafka.authorizerMissing` if the cluster has no authorizer.
    public func addAccessRules(_ rules: [AccessRule]) throws(EFDError) {
        for start in stride(from: 0, to: rules.count, by: Self.rulesAtOnce) {
            try add(rules[start..<min(rules.count, start + Self.rulesAtOnce)])
        }
    }

    private static let rulesAtOnce = 1000

    private func add(_ rules: ArraySlice<AccessRule>) throws(EFDError) {
        var made: [OpaquePointer?] = []
        defer { for rule in made { rd_kafka_AclBinding_destroy(rule) } }
        var words = [CChar](repeating: 0, count: 512)
        for rule in rules {
            made.append(
                rd_kafka_AclBinding_new(
                    RD_KAFKA_RESOURCE_TOPIC, rule.topic,
                    rule.isPrefix ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
                    rule.principal, rule.host, rule.operation.code,
                    rule.allows ? RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW : RD_KAFKA_ACL_PERMISSION_TYPE_DENY, &words,
                    words.count))
        }
        let attempt = "adding \(rules.count) ACLs"
        let answer = try request(RD_KAFKA_ADMIN_OP_CREATEACLS, attempt) { options, answers in
            rd_kafka_CreateAcls(handle.raw, &made, made.count, options, answers)
        }
        var count = 0
        guard let results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(answer.raw), &count) else {
            return
        }
        for index in 0..<count {
            guard let error = rd_kafka_acl_result_error(results[index]) else { continue }
            let code = KafkaErrorCode(rd_kafka_error_code(error))
            if code.code == RD_KAFKA_RESP_ERR_SECURITY_DISABLED {
                throw EFDError(
                    .kafkaAuthorizerMissing, "Kafka at \(handle.servers) has no authorizer, so it has no ACLs",
                    remedy: "Set authorizer.class.name on its brokers, or do not replicate ACLs")
            }
            if code.isError {
                throw code.error(
                    attempting: "\(attempt): \(rules[index])", on: handle.servers,
                    detail: rd_kafka_error_string(error).map { String(cString: $0) } ?? "")
            }
        }
    }
}

extension AccessRule.Operation {
    fileprivate static let codes: [(operation: AccessRule.Operation, code: rd_kafka_AclOperation_t)] = [
        (.all, RD_KAFKA_ACL_OPERATION_ALL), (.read, RD_KAFKA_ACL_OPERATION_READ),
        (.write, RD_KAFKA_ACL_OPERATION_WRITE),
        (.create, RD_KAFKA_ACL_OPERATION_CREATE), (.delete, RD_KAFKA_ACL_OPERATION_DELETE),
        (.alter, RD_KAFKA_ACL_OPERATION_ALTER),
        (.describe, RD_KAFKA_ACL_OPERATION_DESCRIBE), (.clusterAction, RD_KAFKA_ACL_OPERATION_CLUSTER_ACTION),
        (.describeConfigs, RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS),
        (.alterConfigs, RD_KAFKA_ACL_OPERATION_ALTER_CONFIGS),
        (.idempotentWrite, RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE),
    ]

    fileprivate var code: rd_kafka_AclOperation_t {
        Self.codes.first { $0.operation == self }?.code ?? RD_KAFKA_ACL_OPERATION_UNKNOWN
    }
}

extension AccessRule {
    fileprivate init?(_ rule: OpaquePointer) {
        let code = rd_kafka_AclBinding_operation(rule)
        let permission = rd_kafka_AclBinding_permission_type(rule)
        let pattern = rd_kafka_AclBinding_resource_pattern_type(rule)
        guard rd_kafka_AclBinding_restype(rule) == RD_KAFKA_RESOURCE_TOPIC,
            pattern == RD_KAFKA_RESOURCE_PATTERN_LITERAL || pattern == RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
            permission == RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW || permission == RD_KAFKA_ACL_PERMISSION_TYPE_DENY,
            let operation = AccessRule.Operation.codes.first(where: { $0.code == code })?.operation,
            let topic = rd_kafka_AclBinding_name(rule), let principal = rd_kafka_AclBinding_principal(rule),
            let host = rd_kafka_AclBinding_host(rule)
        else { return nil }
        self.init(
            topic: String(cString: topic), principal: String(cString: principal), host: String(cString: host),
            operation: operation,
            allows: permission == RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW)
        isPrefix = pattern == RD_KAFKA_RESOURCE_PATTERN_PREFIXED
    }
}
