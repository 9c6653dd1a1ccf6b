import Testing

@testable import EFDParquet

@Suite struct HeldBudgetTests {
    private let budget = HeldBudget(processLimit: 1600, writers: 2)

    @Test func rowsGetWhatTheRestLeaves() {
        // 1,600 less a quarter is 1,200.
        #expect(budget.allowance(resident: 900, held: 100) == 400)
        #expect(budget.allowance(resident: 300, held: 100) == 800, "never more than half")
        #expect(budget.allowance(resident: 3000, held: 100) == 100, "never less than a sixteenth")
    }

    @Test func theWriterAboveItsSharePublishesWhenAllHoldTooMuch() {
        // Far more than the process has in memory: rows get half.
        let budget = HeldBudget(processLimit: 1 << 40, writers: 2)
        let half = 1 << 39
        budget.change(by: half)
        #expect(!budget.isExceeded(own: half))
        budget.change(by: 1)
        #expect(budget.isExceeded(own: half) && !budget.isExceeded(own: half / 2))
        budget.change(by: -1)
        #expect(!budget.isExceeded(own: half))
    }
}
