import EFDSAL
import Foundation

/// A publisher in C, its type compiled by idlc, with built-in samples.
struct IDLCPublisher {
    private let workshop: Workshop
    private let module: String
    private let name: String
    private let count: Int

    init(_ definition: IDLStruct, module: String, _ samples: [[SALValue]]) throws {
        workshop = try Workshop()
        (self.module, name, count) = (module, definition.name, samples.count)
        try workshop.write(IDLModule(name: module, structs: [definition]).idl, to: "types.idl")
        try workshop.idlc("types")
        let cases = samples.enumerated().map { number, values in
            "case \(number):\n" + zip(definition.fields, values).map { Self.assignment($0, $1) }.joined() + "break;\n"
        }
        let program = Self.program.replacingOccurrences(of: "TYPE", with: "\(module)_\(name)").replacingOccurrences(
            of: "CASES", with: cases.joined())
        try workshop.write(program, to: "publisher.c")
        try workshop.run("cc", ["-O0", "-o", "publisher", "publisher.c", "types.c", "-lddsc"])
    }

    func start(domain: Int, _ xml: String, partition: String, representation: CDREncoding.Version = .xcdr1) throws
        -> Running
    {
        let arguments = [
            "\(domain)", xml, "\(module)_\(name)", partition, "\(count)", representation == .xcdr1 ? "1" : "2",
        ]
        return try Running("./publisher", arguments, folder: workshop.folder)
    }

    /// Sample `n` has the source timestamp 1,000,000 + n.
    private static let program = """
        #include <dds/dds.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include "types.h"
        static double real(unsigned long long bits) { double value; memcpy(&value, &bits, 8); return value; }
        static float single(unsigned bits) { float value; memcpy(&value, &bits, 4); return value; }
        static void fill(int number, TYPE *s) {
          memset(s, 0, sizeof *s);
          switch (number) {
          CASES
          }
        }
        static int check(int code, const char *what) {
          if (code < 0) { printf("%s: %s\\n", what, dds_strretcode(code)); exit(1); }
          return code;
        }
        int main(int argc, char **argv) {
          int domain = atoi(argv[1]), count = atoi(argv[5]);
          check(dds_create_domain(domain, argv[2]), "domain");
          dds_entity_t participant = check(dds_create_participant(domain, NULL, NULL), "participant");
          dds_entity_t topic = check(dds_create_topic(participant, &TYPE_desc, argv[3], NULL, NULL), "topic");
          dds_qos_t *qos = dds_create_qos();
          dds_qset_partition1(qos, argv[4]);
          dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_SECS(30));
          dds_qset_history(qos, DDS_HISTORY_KEEP_ALL, 0);
          dds_data_representation_id_t representation = argv[6][0] == '2' ? DDS_DATA_REPRESENTATION_XCDR2 : DDS_DATA_REPRESENTATION_XCDR1;
          dds_qset_data_representation(qos, 1, &representation);
          dds_entity_t publisher = check(dds_create_publisher(participant, qos, NULL), "publisher");
          dds_entity_t writer = check(dds_create_writer(publisher, topic, qos, NULL), "writer");
          dds_publication_matched_status_t status = {0};
          for (int i = 0; i < 3000 && status.current_count == 0; i++) {
            dds_sleepfor(DDS_MSECS(10));
            dds_get_publication_matched_status(writer, &status);
          }
          static TYPE sample;
          for (int number = 0; number < count; number++) {
            fill(number, &sample);
            check(dds_write_ts(writer, &sample, 1000000 + number), "write");
          }
          check(dds_wait_for_acks(writer, DDS_SECS(30)), "acknowledgements");
          check(dds_delete(participant), "delete");
          return 0;
        }

        """

    // MARK: Values as C

    private static func assignment(_ field: IDLField, _ value: SALValue) -> String {
        func each<Value>(_ values: [Value], _ one: (String, Value) -> String) -> String {
            values.enumerated().map { one("s->\(field.name)[\($0)]", $1) }.joined()
        }
        let place = "s->\(field.name)"
        switch value {
        case .boolean(let value): return "\(place) = \(value);\n"
        case .booleans(let values): return each(values) { "\($0) = \($1);\n" }
        case .integer(let value): return "\(place) = \(number(value));\n"
        case .integers(let values): return each(values) { "\($0) = \(number($1));\n" }
        case .real(let value): return "\(place) = \(number(value, field.type));\n"
        case .reals(let values): return each(values) { "\($0) = \(number($1, field.type));\n" }
        case .text(let value): return text(place, value, field.type)
        case .texts(let values): return each(values) { text($0, $1, field.type) }
        case .bytes: return ""
        }
    }

    private static func number(_ value: Int64) -> String { "\(UInt64(bitPattern: value))ULL" }

    private static func number(_ value: Double, _ type: IDLType) -> String {
        type == .float ? "single(\(Float(value).bitPattern)U)" : "real(\(value.bitPattern)ULL)"
    }

    private static func text(_ place: String, _ value: String, _ type: IDLType) -> String {
        let literal =
            "\"" + value.utf8.map { "\\" + String($0 >> 6) + String($0 >> 3 & 7) + String($0 & 7) }.joined() + "\""
        return type == .string(bound: nil) ? "\(place) = (char *)\(literal);\n" : "strcpy(\(place), \(literal));\n"
    }
}
