import EFDAvro
import EFDCore
import EFDSink
import Testing

@testable import EFDParquet

@Suite struct RotationTests {
    private let layout: PathLayout
    private let rows: TestRows
    private let rotation = Rotation(rows: 1000, bytes: 1 << 30, age: 4500, idle: 3600, slots: 1)
    /// The first second of an hour.
    private let hour = 1_789_999_200.0
    /// A moment longer than all spans: the clock's seconds are rounded.
    private let moment = 0.001
    private let patience = Rotation.turnPatience + 0.001

    init() throws {
        layout = try PathLayout(length: 3600, format: "year=%Y/month=%m/day=%d/hour=%H")
        rows = try TestRows.stamped()
    }

    private func held(_ times: [Double]...) throws -> BufferedPartition {
        let held = BufferedPartition(topic: rows.topic, partition: 0, position: .unknown)
        var offset: Int64 = 0
        for times in times {
            held.append(try rows.batch(from: offset, at: times), layout, timeFields: ["private_efdStamp"])
            offset += Int64(times.count)
        }
        return held
    }

    @Test func rowsOfOneHourWaitForItsEnd() throws {
        let held = try held([hour, hour + 1], [hour + 3599])
        #expect(rotation.limit(held, now: held.lastCame + 3599) == nil)
        #expect(rotation.limit(held, now: held.lastCame + 3600 + moment) == .max, "idle")
        #expect(rotation.limit(held, now: held.since + 4500 + moment) == .max, "old")
    }

    @Test func whenAnHourHasTurnedItsRowsGoAndTheNewOnesStay() throws {
        let held = try held([hour + 3598, hour + 3599], [hour + 3600, hour + 3601])
        let turned = try #require(held.turned)
        #expect(rotation.limit(held, now: turned + patience - 0.1) == nil)
        #expect(rotation.limit(held, now: turned + patience) == 2)
        let fileSet = try #require(FileSet(held, below: 2, layout: layout, codec: .zstd))
        #expect(
            fileSet.claim.next == 2 && fileSet.files.count == 1
                && fileSet.files[0].seconds == Int64(hour)..<Int64(hour) + 3600)
        held.drop(below: 2)
        #expect(held.oldestOffset == 2 && held.rowCount == 2 && held.turned == nil)
        #expect(rotation.limit(held, now: held.lastCame + 60) == nil)
    }

    @Test func stragglersGoWithTheirHour() throws {
        let held = try held([hour + 3599, hour + 3600, hour + 3598, hour + 3601])
        #expect(rotation.limit(held, now: try #require(held.turned) + patience) == 3)
        let fileSet = try #require(FileSet(held, below: 3, layout: layout, codec: .zstd))
        #expect(fileSet.files.map(\.name.first) == [0, 1] && fileSet.files.map(\.name.last) == [2, 1])
    }

    @Test func lateRowsAloneTurnNothing() throws {
        let held = try held([hour + 3600])
        for index in 1...20 {
            held.append(
                try rows.batch(from: Int64(index), at: [hour + Double(index)]), layout, timeFields: ["private_efdStamp"]
            )
        }
        #expect(held.turned == nil)
        #expect(rotation.limit(held, now: held.lastCame + 600) == nil)
    }

    /// A stamp of the year 2200 must not make all later hours look late for ever.
    @Test func aStampFromTheFutureDelaysRotationOnce() throws {
        let held = try held([hour, 7_258_118_400])
        #expect(rotation.limit(held, now: try #require(held.turned) + patience) == 1)
        held.drop(below: 1)
        held.append(try rows.batch(from: 2, at: [hour + 3600, hour + 7200]), layout, timeFields: ["private_efdStamp"])
        #expect(
            held.turned == nil && rotation.limit(held, now: held.since + 4500 + moment) == .max, "the age has the word")
        held.drop(below: 4)
        held.append(try rows.batch(from: 4, at: [hour + 7201]), layout, timeFields: ["private_efdStamp"])
        held.append(try rows.batch(from: 5, at: [hour + 10800]), layout, timeFields: ["private_efdStamp"])
        #expect(held.turned != nil)
    }

    @Test func rowsAndBytesFillAPartition() throws {
        let held = try held((0..<1000).map { hour + Double($0) / 10 })
        #expect(rotation.isFull(held) && rotation.limit(held, now: held.lastCame) == .max)
        let bytes = Rotation(rows: .max, bytes: held.byteCount, age: 1e9, idle: 1e9, slots: 1)
        #expect(bytes.isFull(held))
        #expect(!Rotation(rows: .max, bytes: held.byteCount + 1, age: 1e9, idle: 1e9, slots: 1).isFull(held))
    }
}
