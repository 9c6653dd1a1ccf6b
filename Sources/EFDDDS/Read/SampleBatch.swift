import CCycloneDDSShim

/// Samples of one reader from one take: valid only within the call.
public struct SampleBatch: ~Copyable {
    private let samples: UnsafeMutablePointer<ddsshim_sample>
    public let count: Int

    init(_ samples: UnsafeMutablePointer<ddsshim_sample>, count: Int) { (self.samples, self.count) = (samples, count) }

    public subscript(index: Int) -> DDSSample {
        precondition(index >= 0 && index < count, "a batch of \(count) samples has no sample \(index)")
        return DDSSample(raw: samples + index)
    }

    deinit { ddsshim_release(samples, Int32(count)) }
}

/// Whether an instance still has a writer.
public enum InstanceState: UInt32, Sendable {
    case alive = 16
    /// Its writer disposed of it, disappeared or fell silent: by default a writer disposes when it is deleted.
    case disposed = 32
    case withoutWriters = 64
}

/// One sample in Cyclone's memory.
public struct DDSSample {
    let raw: UnsafeMutablePointer<ddsshim_sample>

    /// CDR with its four-byte header. Without data only the key.
    public var cdr: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: raw.pointee.cdr, count: raw.pointee.size) }
    /// False for a state change of an instance (disposed, or without writers), which is not a record.
    public var hasData: Bool { raw.pointee.valid_data }
    /// Nanoseconds since 1970 by the writer's clock.
    public var sourceTimestamp: Int64 { raw.pointee.source_timestamp }
    /// The state of the instance at the time of the take.
    ///
    /// A dispose that arrived while data were unread has no sample of its own; only this state shows it.
    public var instanceState: InstanceState { InstanceState(rawValue: raw.pointee.instance_state) ?? .alive }
    /// The instance, as a number local to this process; the same for all samples of a keyless topic.
    public var instance: UInt64 { raw.pointee.instance }
    /// The writer, as a number local to this process.
    public var publication: UInt64 { raw.pointee.publication }
}
