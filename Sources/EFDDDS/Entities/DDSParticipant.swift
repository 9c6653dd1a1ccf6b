import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import EFDSAL
import Glibc

/// This process in a DDS domain. One per process is enough; readers and writers belong to it and retain it.
public final class DDSParticipant: @unchecked Sendable {
    let handle: dds_entity_t
    public let domainID: Int

    private struct Topic {
        let handle: dds_entity_t
        let descriptor: TopicDescriptor
    }
    private let topics = Locked<[String: Topic]>([:])

    /// Beyond them no UDP ports are left.
    public static let domainIDs = 0...230

    /// - Throws: `dds.callFailed` if the network interface is missing or the host has too many participants,
    ///   `dds.domainConfigured` if this process is already in the domain with another configuration.
    public init(domainID: Int, _ configuration: DDSConfiguration = .loopback) throws(EFDError) {
        self.domainID = domainID
        try DDSDomain.join(domainID, configuration)
        let made = dds_create_participant(UInt32(domainID), nil, nil)
        if made < 0 { DDSDomain.leave(domainID) }
        handle = try DDSFault.check(made, "joining DDS domain \(domainID)", remedy: DDSFault.network)
    }

    deinit {
        dds_delete(handle)
        DDSDomain.leave(domainID)
    }

    /// The topic of that name, created on first use.
    ///
    /// - Throws: `dds.topicRedefined` if the name already has another type, which only names without a revision code
    ///   can.
    func topic(_ name: String, _ definition: IDLStruct, module: String) throws(EFDError) -> dds_entity_t {
        let descriptor = try TopicDescriptor(definition, module: module)
        return try topics.withLock { (topics) throws(EFDError) in
            if let known = topics[name] {
                if known.descriptor == descriptor { return known.handle }
                throw EFDError(
                    .ddsTopicRedefined,
                    "DDS topic \(name) is in use with another definition of \(descriptor.typeName)",
                    remedy: "Restart the process to use the new definition.")
            }
            let made = try DDSFault.check(descriptor.create(in: handle, name), "creating DDS topic \(name)")
            topics[name] = Topic(handle: made, descriptor: descriptor)
            return made
        }
    }
}

extension TopicDescriptor {
    /// Cyclone copies its arguments.
    fileprivate func create(in participant: dds_entity_t, _ name: String) -> dds_entity_t {
        let names = keys.map { strdup($0.name) }
        defer { for name in names { free(name) } }
        let pointers: [UnsafePointer<CChar>] = names.compactMap { $0.map { UnsafePointer($0) } }
        let offsets = keys.map(\.offset)
        return typeName.withCString { typeName in
            pointers.withUnsafeBufferPointer { pointers in
                offsets.withUnsafeBufferPointer { offsets in
                    operations.withUnsafeBufferPointer { operations in
                        var raw = ddsshim_descriptor(
                            size: size, align: alignment, flags: flags, key_count: UInt32(keys.count),
                            op_count: instructionCount, type_name: typeName,
                            key_names: pointers.baseAddress, key_offsets: offsets.baseAddress,
                            ops: operations.baseAddress!)
                        return ddsshim_create_topic(participant, &raw, name)
                    }
                }
            }
        }
    }
}
