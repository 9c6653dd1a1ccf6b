import EFDTestKit
import Testing

@testable import EFDKafka

@Suite struct RecordStoreTests {
    @Test func keysAndValuesComeBackByteForByte() {
        var generator = SeededGenerator(seed: 21)
        func bytes() -> [UInt8]? {
            guard Int.random(in: 0...4, using: &generator) > 0 else { return nil }
            return (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
        }
        var store = RecordStore()
        var expected: [([UInt8]?, [UInt8]?)] = []
        for _ in 0..<500 {
            let (key, value) = (bytes(), bytes())
            expected.append((key, value))
            (key ?? []).withUnsafeBytes { keyBytes in
                (value ?? []).withUnsafeBytes {
                    store.append(key: key == nil ? nil : keyBytes, value: value == nil ? nil : $0)
                }
            }
        }
        #expect(store.count == 500)
        for (row, record) in expected.enumerated() {
            store.withRecord(row) { key, value in
                #expect(key.map { Array($0) } == record.0)
                #expect(value.map { Array($0) } == record.1)
            }
        }
    }
}
