import EFDAvro
import EFDCore
import EFDSink
import Testing

@testable import EFDParquet

@Suite struct RotationTests {
    private let layout: PathLayout
    private let rows: TestRows
    private let rotation = Self.rotation(bytes: 1 << 30)
    /// The first second of an hour.
    private let hour = 1_789_999_200.0
    /// A moment longer than all spans: the clock's seconds are rounded.
    private let moment = 0.001
    private let patience = Rotation.turnPatience + 0.001

    init() throws {
        layout = try PathLayout(length: 3600, format: "year=%Y/month=%m/day=%d/hour=%H")
        rows = try TestRows.stamped()
    }

    private static func rotation(bytes: Int) -> Rotation {
        Rotation(policy: FlushPolicy(rows: 1000, bytes: bytes, age: 4500, idle: 3600), timePartitions: 1)
    }

    private func buffered(_ times: [Double]...) throws -> ParquetPartition {
        let buffered = ParquetPartition(
            topic: rows.topic, partition: 0, position: .unknown, options: try SinkProcess.options(rotateRows: 1 << 20))
        var offset: Int64 = 0
        for times in times {
            buffered.append(try rows.batch(from: offset, at: times))
            offset += Int64(times.count)
        }
        return buffered
    }

    @Test func rowsOfOneHourWaitForItsEnd() throws {
        let buffered = try buffered([hour, hour + 1], [hour + 3599])
        #expect(rotation.limit(buffered, now: buffered.lastArrival + 3599) == nil)
        #expect(rotation.limit(buffered, now: buffered.lastArrival + 3600 + moment) == .max, "idle")
        #expect(rotation.limit(buffered, now: buffered.since + 4500 + moment) == .max, "old")
    }

    @Test func whenAnHourHasTurnedItsRowsGoAndTheNewOnesStay() throws {
        let buffered = try buffered([hour + 3598, hour + 3599], [hour + 3600, hour + 3601])
        let turned = try #require(buffered.turned)
        #expect(rotation.limit(buffered, now: turned + patience - 0.1) == nil)
        #expect(rotation.limit(buffered, now: turned + patience) == 2)
        let fileSet = try #require(FileSet(buffered, below: 2, layout: layout, codec: .zstd))
        #expect(
            fileSet.claim.next == 2 && fileSet.files.count == 1
                && fileSet.files[0].seconds == Int64(hour)..<Int64(hour) + 3600)
        buffered.drop(below: 2)
        #expect(buffered.oldestOffset == 2 && buffered.rowCount == 2 && buffered.turned == nil)
        #expect(rotation.limit(buffered, now: buffered.lastArrival + 60) == nil)
    }

    @Test func stragglersGoWithTheirHour() throws {
        let buffered = try buffered([hour + 3599, hour + 3600, hour + 3598, hour + 3601])
        #expect(rotation.limit(buffered, now: try #require(buffered.turned) + patience) == 3)
        let fileSet = try #require(FileSet(buffered, below: 3, layout: layout, codec: .zstd))
        #expect(fileSet.files.map(\.name.first) == [0, 1] && fileSet.files.map(\.name.last) == [2, 1])
    }

    @Test func lateRowsAloneTurnNothing() throws {
        let buffered = try buffered([hour + 3600])
        for index in 1...20 {
            buffered.append(try rows.batch(from: Int64(index), at: [hour + Double(index)]))
        }
        #expect(buffered.turned == nil)
        #expect(rotation.limit(buffered, now: buffered.lastArrival + 600) == nil)
    }

    /// A timestamp of the year 2200 must not make all later hours look late permanently.
    @Test func aStampFromTheFutureDelaysRotationOnce() throws {
        let buffered = try buffered([hour, 7_258_118_400])
        #expect(rotation.limit(buffered, now: try #require(buffered.turned) + patience) == 1)
        buffered.drop(below: 1)
        buffered.append(try rows.batch(from: 2, at: [hour + 3600, hour + 7200]))
        #expect(
            buffered.turned == nil && rotation.limit(buffered, now: buffered.since + 4500 + moment) == .max,
            "the age has the word")
        buffered.drop(below: 4)
        buffered.append(try rows.batch(from: 4, at: [hour + 7201]))
        buffered.append(try rows.batch(from: 5, at: [hour + 10800]))
        #expect(buffered.turned != nil)
    }

    @Test func rowsAndBytesFillAPartition() throws {
        let buffered = try buffered((0..<1000).map { hour + Double($0) / 10 })
        #expect(rotation.limit(buffered, now: buffered.lastArrival) == .max)
        let fewer = try self.buffered([hour])
        #expect(Self.rotation(bytes: fewer.byteCount).limit(fewer, now: fewer.lastArrival) == .max)
        #expect(Self.rotation(bytes: fewer.byteCount + 1).limit(fewer, now: fewer.lastArrival) == nil)
    }
}
