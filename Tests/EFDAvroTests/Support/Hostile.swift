import EFDAvro
import EFDCore

/// Decodes bytes in every way, and returns the result of each.
struct Decoding {
    let schema: AvroSchema
    let plan: AvroPlan
    let batch: ColumnBatch

    init(_ text: String) throws {
        schema = try AvroSchema.parse(text)
        plan = try AvroPlan(schema)
        batch = ColumnBatch(plan)
    }

    /// A record with one field `f` of a type.
    static func field(_ type: String, name: String = "f") -> String {
        #"{"type":"record","name":"Top","fields":[{"name":"\#(name)","type":\#(type)}]}"#
    }

    func fault(ofColumns bytes: [UInt8]) -> AvroFault? {
        bytes.withUnsafeBytes { raw in
            do throws(AvroFault) {
                try plan.decode(raw, into: batch)
                return nil
            } catch {
                return error
            }
        }
    }

    func fault(ofTree bytes: [UInt8]) -> AvroFault? {
        do throws(AvroFault) {
            _ = try AvroDecoder(schema).decode(bytes)
            return nil
        } catch {
            return error
        }
    }

    func fault(ofText bytes: [UInt8]) -> AvroFault? {
        bytes.withUnsafeBytes { raw in
            do throws(AvroFault) {
                _ = try AvroText.json(raw, schema)
                return nil
            } catch {
                return error
            }
        }
    }
}

/// A record with every kind of field.
enum Everything {
    static let schema = """
        {"type":"record","name":"All","namespace":"test","fields":[
        {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"l2","type":"long"},{"name":"f","type":"float"},
        {"name":"d","type":"double"},{"name":"d2","type":"double"},{"name":"s","type":"string"},{"name":"s2","type":"string"},{"name":"y","type":"bytes"},
        {"name":"x","type":{"type":"fixed","name":"Six","size":6}},{"name":"e","type":{"type":"enum","name":"Colour","symbols":["RED","GREEN","BLUE"]}},
        {"name":"nd","type":["null","double"]},{"name":"dn","type":["double","null"]},{"name":"ns","type":["null","string"]},{"name":"ne","type":["Colour","null"]},
        {"name":"ab","type":{"type":"array","items":"boolean"}},{"name":"ai","type":{"type":"array","items":"int"}},
        {"name":"al","type":{"type":"array","items":"long"}},{"name":"af","type":{"type":"array","items":"float"}},
        {"name":"ad","type":{"type":"array","items":"double"}},{"name":"as","type":{"type":"array","items":"string"}},
        {"name":"ay","type":{"type":"array","items":"bytes"}},{"name":"ax","type":{"type":"array","items":"Six"}},
        {"name":"ae","type":{"type":"array","items":"Colour"}},{"name":"and","type":{"type":"array","items":["null","double"]}},
        {"name":"asn","type":{"type":"array","items":["string","null"]}},{"name":"nab","type":["null",{"type":"array","items":["null","boolean"]}]},
        {"name":"in","type":{"type":"record","name":"Inner","fields":[{"name":"p","type":"int"},
        {"name":"q","type":{"type":"record","name":"Deeper","fields":[{"name":"r","type":["null","long"]}]}}]}},
        {"name":"m","type":{"type":"map","values":"long"}},{"name":"u","type":["null","int","string"]},{"name":"v","type":["int","string"]},
        {"name":"aa","type":{"type":"array","items":{"type":"array","items":"int"}}},{"name":"ar","type":{"type":"array","items":"Deeper"}},
        {"name":"nr","type":["null","Inner"]},{"name":"z","type":"null"}]}
        """
}
