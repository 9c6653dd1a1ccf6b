import CCycloneDDS
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

/// One sample where Cyclone keeps it.
public struct DDSSample {
    let raw: UnsafeMutablePointer<ddsshim_sample>

    /// CDR with its four-byte header. Without data it holds the key alone.
    public var cdr: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: raw.pointee.cdr, count: raw.pointee.size) }
    /// False for news of an instance: disposed, or without writers. No record is to be made of it.
    public var hasData: Bool { raw.pointee.valid_data }
    /// Nanoseconds since 1970 by the writer's clock.
    public var sourceTimestamp: Int64 { raw.pointee.source_timestamp }
    /// The writer, by a number of this process's own.
    public var publication: UInt64 { raw.pointee.publication }
}
