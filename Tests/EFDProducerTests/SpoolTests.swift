import EFDCore
import EFDTestKit
import Foundation
import Testing

@testable import EFDProducer

@Suite struct SpoolTests {
    private func folder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "efd-spool-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func append(_ spool: Spool, _ number: Int, size: Int = 8) -> Bool {
        let value = Array(repeating: UInt8(truncatingIfNeeded: number), count: size)
        return value.withUnsafeBytes {
            spool.append(topic: "t\(number % 3)", key: nil, value: $0, timestamp: Int64(number))
        }
    }

    private func drain(_ spool: Spool) -> [Int64] {
        var stamps: [Int64] = []
        while spool.isInUse, let (number, bytes) = spool.oldest() {
            stamps += SpoolFrame.decode(bytes).frames.map(\.timestamp)
            spool.remove(number)
        }
        return stamps
    }

    @Test func framesReadBack() {
        var generator = SeededGenerator(seed: 5)
        var bytes: [UInt8] = []
        var expected: [(String, [UInt8]?, [UInt8]?, Int64)] = []
        for number in 0..<200 {
            let key: [UInt8]? =
                number % 3 == 0
                ? nil
                : (0..<Int.random(in: 0...9, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                }
            let value: [UInt8]? =
                number % 7 == 0
                ? nil
                : (0..<Int.random(in: 0...99, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
            expected.append(("topic-ü\(number)", key, value, Int64(number) * 1000 - 5))
            let frame = (key ?? []).withUnsafeBytes { keyBytes in
                (value ?? []).withUnsafeBytes { valueBytes in
                    SpoolFrame.encode(
                        topic: "topic-ü\(number)", key: key == nil ? nil : keyBytes,
                        value: value == nil ? nil : valueBytes, timestamp: Int64(number) * 1000 - 5
                    )
                }
            }
            bytes += frame
        }
        let (frames, torn) = SpoolFrame.decode(bytes)
        #expect(torn == 0)
        #expect(frames.map(\.topic) == expected.map(\.0))
        #expect(frames.map { $0.key.map(Array.init) } == expected.map(\.1))
        #expect(frames.map { $0.value.map(Array.init) } == expected.map(\.2))
        #expect(frames.map(\.timestamp) == expected.map(\.3))
    }

    @Test func aTornEndCostsOnlyItsOwnRecord() {
        let frame = [UInt8](repeating: 9, count: 20).withUnsafeBytes {
            SpoolFrame.encode(topic: "t", key: nil, value: $0, timestamp: 1)
        }
        for cut in 1..<frame.count {
            let (frames, torn) = SpoolFrame.decode(frame + frame.prefix(cut))
            #expect(frames.count == 1)
            #expect(torn == cut)
        }
    }

    @Test func hostileBytesNeverTrap() {
        var generator = SeededGenerator(seed: 9)
        let whole = (0..<20).flatMap { number in
            [UInt8](repeating: 1, count: number).withUnsafeBytes {
                SpoolFrame.encode(topic: "topic", key: $0, value: $0, timestamp: 1)
            }
        }
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0...2 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            #expect(SpoolFrame.decode(bytes).frames.count <= 20)
        }
    }

    @Test func recordsComeBackInOrderAndTheFolderIsEmptyThen() throws {
        let path = try folder()
        let spool = try Spool(folder: path, limit: 1 << 30, log: .silent)
        #expect(!spool.isInUse)
        for number in 0..<5000 { #expect(append(spool, number, size: 4000)) }
        #expect(spool.isInUse)
        #expect(spool.byteCount > Spool.segmentBytes)
        #expect(drain(spool) == (0..<5000).map(Int64.init))
        #expect(!spool.isInUse)
        #expect(try Files.names(in: path) == ["lock"])
    }

    @Test func recordsOfAnEarlierProcessComeFirst() throws {
        let path = try folder()
        do {
            let spool = try Spool(folder: path, limit: 1 << 20, log: .silent)
            for number in 0..<10 { #expect(append(spool, number)) }
        }
        let spool = try Spool(folder: path, limit: 1 << 20, log: .silent)
        #expect(spool.isInUse)
        for number in 10..<15 { #expect(append(spool, number)) }
        #expect(drain(spool) == (0..<15).map(Int64.init))
    }

    @Test func aFullSpoolRefuses() throws {
        let spool = try Spool(folder: try folder(), limit: 2000, log: .silent)
        var taken = 0
        while append(spool, taken, size: 100) { taken += 1 }
        #expect(taken > 5 && taken < 20)
        #expect(drain(spool).count == taken)
        #expect(append(spool, 1))
    }

    @Test func aFolderHasOneProducer() throws {
        let path = try folder()
        let first = try Spool(folder: path, limit: 1000, log: .silent)
        let error = #expect(throws: EFDError.self) { try Spool(folder: path, limit: 1000, log: .silent) }
        #expect(error?.code == "producer.spoolUnusable")
        #expect(first.byteCount == 0)
    }

    @Test func anUnusableFolderIsExplained() throws {
        let path = try folder()
        func reason(_ folder: String) -> String {
            do {
                _ = try Spool(folder: folder, limit: 1 << 20, log: .silent)
                return ""
            } catch { return "\(error)" }
        }
        let first = try Spool(folder: path, limit: 1 << 20, log: .silent)
        #expect(reason(path).contains("another producer uses it"))
        withExtendedLifetime(first) {}
        try "x".write(toFile: "\(path)/file", atomically: true, encoding: .utf8)
        #expect(reason("\(path)/file").contains("\(path)/file is a file"))
        #expect(reason("\(path)/file/below").contains("\(path)/file is a file"))
        #expect(reason("\(path)/none/below").contains("the folder above it does not exist"))
    }
}
