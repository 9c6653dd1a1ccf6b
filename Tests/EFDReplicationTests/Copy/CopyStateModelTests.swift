import Testing

@testable import EFDReplication

/// Random interleavings of everything that happens to copy threads. Preconditions in `CopyState` and its parts trap.
@Suite struct CopyStateModelTests {
    @Test(arguments: 0..<8) func whatReachesTheTargetIsTheSourcesSequence(_ block: UInt64) {
        var events = 0
        for seed in block * 1000..<block * 1000 + 60 {
            var model = CopyModel(seed: seed)
            while model.events < 600, model.violations.isEmpty { model.step() }
            let violations = model.finish()
            events += model.events
            #expect(violations.isEmpty, "seed \(seed): \(violations.prefix(3))")
            if !violations.isEmpty { return }
        }
        #expect(events > 30_000)
    }
}
