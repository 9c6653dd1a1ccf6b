import EFDAvro
import EFDCore
import EFDRegistry
import EFDTestKit
import Testing

@testable import EFDSink

@Suite struct SchemaPlansTests {
    @Test(arguments: ["JSON", "PROTOBUF"]) func aSchemaOfAnotherTypeIsNamedByItsType(type: String) throws {
        let cache = SchemaCache { id in
            RegisteredSchema(id: id, subject: nil, version: nil, text: #"{"type":"object"}"#, type: type)
        }
        let plans = SchemaPlans(cache)
        defer { plans.close() }
        let error = try until(seconds: 10, "no answer") { () -> EFDError? in
            if case .unusable(let error) = plans.answer(7) { error } else { nil }
        }
        #expect(error.message.contains("schema 7 is of type \(type)") && error.code == "sink.schemaNotAvro")
        #expect(error.recovery == .reject)
    }
}
