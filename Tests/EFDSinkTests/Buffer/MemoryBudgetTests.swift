import EFDCore
import Synchronization
import Testing

@testable import EFDSink

/// The rows of all sinks of a process share one limit.
@Suite struct MemoryBudgetTests {
    private static let unknown: @Sendable () -> Int = { 0 }

    @Test func rowsGetTheRestOfTheLimit() {
        let budget = MemoryBudget(limit: 1600)
        // 1,600 less a quarter is 1,200.
        #expect(budget.allowance(resident: 900, buffered: 100) == 400)
        #expect(budget.allowance(resident: 300, buffered: 100) == 800, "never more than half")
        #expect(budget.allowance(resident: 3000, buffered: 100) == 100, "never less than a sixteenth")
    }

    @Test func theLargestHolderFlushesFirst() {
        // Rows get 800.
        let budget = MemoryBudget(limit: 1600, resident: Self.unknown)
        let (large, small) = (MemoryHolder(budget), MemoryHolder(budget))
        large.change(by: 500)
        small.change(by: 300)
        #expect(!large.mustShrink && !small.mustShrink)
        small.change(by: 1)
        #expect(large.mustShrink && !small.mustShrink)
        large.change(by: -1)
        #expect(!large.mustShrink && !small.mustShrink)
    }

    /// A destination that is broken keeps its rows buffered; the others must not grow in addition, and continue.
    @Test func theOthersFlushWhenTheLargestIsStuck() {
        let budget = MemoryBudget(limit: 1600, resident: Self.unknown)
        let (stuck, other) = (MemoryHolder(budget), MemoryHolder(budget))
        stuck.change(by: 810)
        other.change(by: 90)
        #expect(stuck.mustShrink && !other.mustShrink, "an eighth over is not reached")
        other.change(by: 1)
        #expect(other.mustShrink)
        other.change(by: -41)
        #expect(!other.mustShrink)
        stuck.change(by: 200)
        #expect(!other.mustShrink, "it keeps a fair part of another eighth")
        other.change(by: 1)
        #expect(other.mustShrink)
    }

    @Test func aHolderThatEndsGivesItsPartBack() {
        let budget = MemoryBudget(limit: 1600, resident: Self.unknown)
        let other = MemoryHolder(budget)
        other.change(by: 700)
        do {
            let ended = MemoryHolder(budget)
            ended.change(by: 600)
            #expect(budget.bytes == 1300 && other.mustShrink)
        }
        #expect(budget.bytes == 700 && !other.mustShrink)
    }

    @Test func whatOtherHoldersHaveIsNotOverhead() {
        let rows = 200 << 20
        let budget = MemoryBudget(limit: 1 << 30) { (100 << 20) + rows }
        let (one, other) = (MemoryHolder(budget), MemoryHolder(budget))
        one.change(by: rows / 2)
        other.change(by: rows / 2)
        #expect(!one.mustShrink && budget.allowance == 512 << 20)
    }

    @Test func aLimitThatCannotBeHeldIsReportedOnce() {
        let lines = Locked<[String]>([])
        let log = Log(level: .warning, writer: LogWriter(format: .json) { line in lines.withLock { $0.append(line) } })
        // Less than any process has.
        let holder = MemoryHolder(MemoryBudget(limit: 4 << 20, log: log))
        holder.change(by: 1 << 20)
        #expect(holder.mustShrink)
        MonotonicClock.sleep(seconds: 0.3)
        _ = holder.mustShrink
        let told = lines.withLock { $0 }
        #expect(
            told.count == 1
                && told.first?.contains("memory use exceeds --memory-limit although few rows are buffered") == true
                && told.first?.contains(#""limit_mib":4"#) == true, "\(told)")
    }
}
