import CCycloneDDS
import CCycloneDDSShim
import EFDCore
import EFDSAL
import Glibc

/// This process in a DDS domain. One is enough for a process; readers and writers belong to it.
public final class DDSParticipant: @unchecked Sendable {
    let handle: dds_entity_t
    private let domain: dds_entity_t
    private let topics = Locked<[String: dds_entity_t]>([:])
    public let domainID: Int

    public static let domainIDs = 0...230

    public init(domainID: Int, _ configuration: DDSConfiguration = .loopback) throws(EFDError) {
        self.domainID = domainID
        let id = UInt32(domainID)
        let remedy = "Check the interface and the configuration; MaxAutoParticipantIndex bounds the processes on one host."
        // Cyclone counts a domain made explicitly once; another participant of this process joins it.
        domain = dds_create_domain(id, configuration.xml)
        if domain < 0 && domain != DDS_RETCODE_PRECONDITION_NOT_MET { try DDSFault.check(domain, "opening DDS domain \(domainID)", remedy: remedy) }
        let made = dds_create_participant(id, nil, nil)
        if made < 0 && domain >= 0 { dds_delete(domain) }
        handle = try DDSFault.check(made, "joining DDS domain \(domainID)", remedy: remedy)
    }

    deinit {
        dds_delete(handle)
        if domain >= 0 { dds_delete(domain) }
    }

    /// The topic of that name, made when first asked for.
    func topic(_ name: String, _ definition: IDLStruct, module: String) throws(EFDError) -> dds_entity_t {
        try topics.withLock { (topics) throws(EFDError) in
            if let known = topics[name] { return known }
            let descriptor = TopicDescriptor(definition, module: module)
            let made = try DDSFault.check(descriptor.create(in: handle, name), "making DDS topic \(name)")
            topics[name] = made
            return made
        }
    }

    /// The writers that discovery has found, whether or not they match a reader of ours.
    public func publications() throws(EFDError) -> [DDSPublication] {
        var room = [ddsshim_publication](repeating: ddsshim_publication(), count: 8192)
        let count = try DDSFault.check(ddsshim_publications(handle, &room, Int32(room.count)), "listing writers in DDS domain \(domainID)")
        return room[0..<Int(count)].map(DDSPublication.init)
    }
}

extension TopicDescriptor {
    /// Cyclone copies all that it needs.
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
                            size: size, align: alignment, flags: flags, key_count: UInt32(keys.count), op_count: instructionCount, type_name: typeName,
                            key_names: pointers.baseAddress, key_offsets: offsets.baseAddress, ops: operations.baseAddress!)
                        return ddsshim_create_topic(participant, &raw, name)
                    }
                }
            }
        }
    }
}
