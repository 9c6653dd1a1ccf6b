import EFDTestKit
import Testing

/// Scripted sinks of every combination of capabilities meet all requirements.
@Suite struct ScriptedConformanceTests {
    @Test(arguments: Conformance.cases(of: SinkUnderTest.scripted))
    func meets(_ item: ConformanceCase) async throws { try await item.run() }
}
