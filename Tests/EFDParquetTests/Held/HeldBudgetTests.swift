import EFDCore
import Testing

@testable import EFDParquet

@Suite struct HeldBudgetTests {
    private let budget = MemoryBudget(processLimit: 1600, writers: 2)

    @Test func rowsGetWhatTheRestLeaves() {
        // 1,600 less a quarter is 1,200.
        #expect(budget.allowance(resident: 900, held: 100) == 400)
        #expect(budget.allowance(resident: 300, held: 100) == 800, "never more than half")
        #expect(budget.allowance(resident: 3000, held: 100) == 100, "never less than a sixteenth")
    }

    @Test func theWriterAboveItsSharePublishesWhenAllHoldTooMuch() {
        // Far more than the process has in memory: rows get half.
        let budget = MemoryBudget(processLimit: 1 << 40, writers: 2)
        let half = 1 << 39
        budget.change(by: half)
        #expect(!budget.isExceeded(own: half))
        budget.change(by: 1)
        #expect(budget.isExceeded(own: half) && !budget.isExceeded(own: half / 2))
        budget.change(by: -1)
        #expect(!budget.isExceeded(own: half))
    }

    @Test func aLimitThatCannotBeHeldIsTold() {
        let lines = Locked<[String]>([])
        let log = Log(level: .warning, writer: LogWriter(format: .json) { line in lines.withLock { $0.append(line) } })
        // Less than any process has.
        let budget = MemoryBudget(processLimit: 4 << 20, writers: 1, log: log)
        budget.change(by: 1 << 20)
        #expect(budget.isExceeded(own: 1 << 20))
        MonotonicClock.sleep(seconds: 0.3)
        _ = budget.isExceeded(own: 1 << 20)
        let told = lines.withLock { $0 }
        #expect(
            told.count == 1 && told.first?.contains("--memory-limit") == true
                && told.first?.contains(#""limit_mib":4"#) == true, "\(told)")
    }
}
