import EFDCore
import EFDDDS
import EFDSAL
import Foundation
import Testing

/// A domain apart from those of other suites and of other processes on this machine. Suites number themselves from 0 to
/// 9.
func testDomain(_ suite: Int) -> Int { (Int(getpid()) % 20) * 10 + 20 + suite }

/// Partitions of this process: two processes in the same domain do not match.
func testPartition(_ component: String) -> String { "t\(getpid()).\(component).data" }

/// A copy of a received sample.
struct Received: Sendable, Equatable {
    var reader: Int
    var cdr: [UInt8]
    var hasData: Bool
    var state: InstanceState
    var timestamp: Int64
    var instance: UInt64
    var publication: UInt64

    init(_ reader: Int, _ sample: DDSSample) {
        self.reader = reader
        cdr = Array(sample.cdr)
        hasData = sample.hasData
        state = sample.instanceState
        timestamp = sample.sourceTimestamp
        instance = sample.instance
        publication = sample.publication
    }

    /// The sample without header and padding, as long as `expected` is without them.
    func payload(like expected: [UInt8]) -> ArraySlice<UInt8> {
        cdr.dropFirst(4).prefix(expected.count - 4 - Int(expected[3] & 3))
    }

    /// Whether it is what `expected` says, in the same representation; how an encoder pads and what it notes of it is
    /// its own affair.
    func holds(_ expected: [UInt8]) -> Bool {
        cdr.prefix(2) == expected.prefix(2)
            && payload(like: expected) == expected.dropFirst(4).dropLast(Int(expected[3] & 3))
    }
}

/// Serves the readers on a separate thread until `isEnough`, at most 60 s. `meanwhile` runs on this thread.
func collect(
    _ readers: DDSReaderSet, until isEnough: @escaping @Sendable ([Received]) -> Bool, meanwhile: () throws -> Void = {}
) throws -> [Received] {
    let received = Locked<[Received]>([])
    let failure = Locked<EFDError?>(nil)
    let stop = StopToken()
    let worker = JoinableThread("readers") {
        do throws(EFDError) {
            try readers.run(until: stop) { reader, batch in
                let enough = received.withLock { received in
                    for index in 0..<batch.count { received.append(Received(reader, batch[index])) }
                    return isEnough(received)
                }
                if enough { stop.stop() }
            }
        } catch {
            failure.withLock { $0 = error }
            stop.stop()
        }
    }
    let outcome = Result { try meanwhile() }
    if case .success = outcome { stop.wait(seconds: 60) }
    stop.stop()
    worker.join()
    try outcome.get()
    if let error = failure.withLock({ $0 }) { throw error }
    return received.withLock { $0 }
}

func collect(_ readers: DDSReaderSet, count: Int, meanwhile: () throws -> Void = {}) throws -> [Received] {
    try collect(readers, until: { $0.filter(\.hasData).count >= count }, meanwhile: meanwhile)
}

/// Repeats the check until it is true, at most 30 s.
func eventually(_ isSo: () throws -> Bool) rethrows -> Bool {
    let deadline = MonotonicClock.seconds() + 30
    while MonotonicClock.seconds() < deadline {
        if try isSo() { return true }
        MonotonicClock.sleep(seconds: 0.01)
    }
    return try isSo()
}

extension DDSWriter {
    func write(_ cdr: [UInt8], timestamp: Int64 = 1_000) throws(EFDError) {
        try cdr.withUnsafeBytes { raw in Result { () throws(EFDError) in try write(raw, timestamp: timestamp) } }.get()
    }
}

extension IDLField {
    init(_ name: String, _ type: IDLType, _ arrayLength: Int? = nil) {
        self.init(name: name, type: type, arrayLength: arrayLength, units: nil, description: nil)
    }
}

extension IDLStruct {
    init(_ name: String, keys: [String]? = nil, _ fields: [IDLField]) {
        self.init(name: name, description: nil, fields: fields, keys: keys)
    }

    func cdr(_ values: [SALValue], _ encoding: CDREncoding = CDREncoding()) throws(EFDError) -> [UInt8] {
        var bytes: [UInt8] = []
        try CDRWriter(self, encoding: encoding).append(values, to: &bytes)
        return bytes
    }

    /// Only the key, for dispose and unregister.
    func keyCDR(_ values: [SALValue]) throws(EFDError) -> [UInt8] {
        let isKey = fields.map { (keys ?? []).contains($0.name) }
        let kept = zip(values, isKey).filter(\.1).map(\.0)
        return try IDLStruct(name, zip(fields, isKey).filter(\.1).map(\.0)).cdr(kept)
    }
}
