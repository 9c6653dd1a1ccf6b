import CCycloneDDSShim

/// Samples of one reader, taken together: valid as long as the call they come in.
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

/// Whether an instance still has somebody to write it.
public enum InstanceState: UInt32, Sendable {
    case alive = 16
    /// Its writer disposed of it, went away or fell silent: by default a writer disposes when it goes.
    case disposed = 32
    case withoutWriters = 64
}

/// One sample where Cyclone keeps it.
public struct DDSSample {
    let raw: UnsafeMutablePointer<ddsshim_sample>

    /// CDR with its four-byte header. Without data it holds the key alone.
    public var cdr: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: raw.pointee.cdr, count: raw.pointee.size) }
    /// False for news of an instance: disposed, or without writers. No record is to be made of it.
    public var hasData: Bool { raw.pointee.valid_data }
    /// Nanoseconds since 1970 by the writer's clock.
    public var sourceTimestamp: Int64 { raw.pointee.source_timestamp }
    /// What is known of the instance at the time of the take.
    ///
    /// A dispose that came while data were unread makes no sample of its own and shows here only.
    public var instanceState: InstanceState { InstanceState(rawValue: raw.pointee.instance_state) ?? .alive }
    /// The instance, by a number of this process's own; the same for all samples of a keyless topic.
    public var instance: UInt64 { raw.pointee.instance }
    /// The writer, by a number of this process's own.
    public var publication: UInt64 { raw.pointee.publication }
}
