import EFDCore
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDRegistryServer

@Suite struct RegistryStoreTests {
    private static let key = #"{"keytype":"CONFIG","subject":"s","magic":0}"#
    private static let value = #"{"compatibilityLevel":"NONE"}"#

    /// Two that write at the same time can give one id to two schemas.
    @Test(arguments: [(true, false), (true, true), (false, false)])
    func recordsOfAnotherWriterAreReportedOnce(isOwn: Bool, isAcknowledgedFirst: Bool) throws {
        let lines = Locked<[String]>([])
        let log = Log(level: .error, writer: LogWriter(format: .text) { line in lines.withLock { $0.append(line) } })
        let store = RegistryStore(RegistryState(defaultLevel: .backward), log: log)
        let record = try RegistryRecord(key: Array(Self.key.utf8), value: Array(Self.value.utf8))
        // Records from before the start may be of anyone.
        store.take(0, key: Array(Self.key.utf8), value: Array(Self.value.utf8))
        store.reachedEnd(1)
        #expect(lines.withLock { $0 }.isEmpty)
        for offset in Int64(1)...3 {
            if isOwn { store.expect([record]) }
            if isAcknowledgedFirst { #expect(store.wrote(record, at: offset)) }
            store.take(offset, key: Array(Self.key.utf8), value: Array(Self.value.utf8))
            if isOwn { #expect(store.wrote(record, at: offset)) }
        }
        let found = lines.withLock { $0 }
        #expect(found.count == (isOwn ? 0 : 1), "\(found)")
        #expect(isOwn || found[0].contains("another registry writes to the schema topic"))
        #expect(store.nextOffset == 4)
    }
}
