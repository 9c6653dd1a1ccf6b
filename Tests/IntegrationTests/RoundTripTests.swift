import EFDCore
import EFDInflux
import EFDRegistry
import EFDTestKit
import Foundation
import Testing

extension RealParts {
    /// A publisher that we did not write, compiled from `idlc`'s code, to InfluxDB: every field of every sample.
    @Suite(.serialized) struct RoundTripTests {
        private static let fields = """
              string<8> private_revCode; //private
              double private_sndStamp; //private
              double private_rcvStamp; //private
              long private_seqNum; //private
              string<64> private_identity; //private
              long private_origin; //private
              boolean aBoolean;
              octet anOctet;
              char aChar;
              short aShort;
              unsigned short anUnsignedShort;
              long aLong;
              unsigned long anUnsignedLong;
              long long aLongLong;
              unsigned long long anUnsignedLongLong;
              float aFloat;
              double aDouble;
              string aString;
              string<20> aBoundedString;
              boolean booleans[2];
              octet octets[3];
              short shorts[2];
              long longs[2];
              long long longLongs[2];
              float floats[2];
              double doubles[3];
            };
            """

        private static let idl = """
            module RoundTrip {
            struct indexed_0000000a {
              long salIndex; //private
            \(fields)
            #pragma keylist indexed_0000000a salIndex
            struct keyless_0000000b {
            \(fields)
            #pragma keylist keyless_0000000b
            };

            """

        /// Writes `count` samples of each struct; the test below computes the same values.
        private static let program = """
            #include <dds/dds.h>
            #include <math.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #include "roundtrip.h"

            #define FILL(s) do { \\
              strcpy((s).private_revCode, "0000000a"); (s).private_sndStamp = base + 37 + i * 0.001; (s).private_rcvStamp = 0; (s).private_seqNum = i + 1; \\
              strcpy((s).private_identity, "C"); (s).private_origin = 4711; \\
              (s).aBoolean = i % 2; (s).anOctet = i % 256; (s).aChar = (char)(i % 128); (s).aShort = -i; (s).anUnsignedShort = 65535 - i; \\
              (s).aLong = -1000000 * i; (s).anUnsignedLong = 4294967295u - i; (s).aLongLong = -9007199254740993LL - i; (s).anUnsignedLongLong = 1000000007ULL * i; \\
              (s).aFloat = i / 7.0f; (s).aDouble = i % 5 == 0 ? NAN : i / 3.0; (s).aString = text; snprintf((s).aBoundedString, 21, "b%d", i); \\
              for (int k = 0; k < 2; k++) { (s).booleans[k] = (i + k) % 2; (s).shorts[k] = i - k; (s).longs[k] = i * 7 - k; (s).longLongs[k] = (1LL << 60) + i + k; (s).floats[k] = i + k * 0.1f; } \\
              for (int k = 0; k < 3; k++) { (s).octets[k] = (i + k) % 256; (s).doubles[k] = i + k / 10.0; } \\
            } while (0)

            static dds_entity_t writer(dds_entity_t pp, dds_entity_t pub, const dds_topic_descriptor_t *d, const char *name) {
              dds_qos_t *q = dds_create_qos();
              dds_qset_reliability(q, DDS_RELIABILITY_RELIABLE, DDS_SECS(10));
              dds_qset_history(q, DDS_HISTORY_KEEP_LAST, 1000);
              dds_qset_ownership(q, DDS_OWNERSHIP_EXCLUSIVE);
              dds_entity_t w = dds_create_writer(pub, dds_create_topic(pp, d, name, NULL, NULL), q, NULL);
              dds_delete_qos(q);
              for (int n = 0; n < 200; n++) {
                dds_publication_matched_status_t st;
                if (dds_get_publication_matched_status(w, &st) == 0 && st.current_count > 0) return w;
                dds_sleepfor(DDS_MSECS(50));
              }
              exit(3);
            }

            int main(int argc, char **argv) {
              int domain = atoi(argv[1]), count = atoi(argv[2]);
              double base = atof(argv[3]);
              if (dds_create_domain(domain, argv[4]) < 0) return 4;
              dds_entity_t pp = dds_create_participant(domain, NULL, NULL);
              dds_qos_t *q = dds_create_qos();
              dds_qset_partition1(q, "flow.RoundTrip.data");
              dds_entity_t pub = dds_create_publisher(pp, q, NULL);
              dds_entity_t a = writer(pp, pub, &RoundTrip_indexed_0000000a_desc, "RoundTrip_indexed_0000000a");
              dds_entity_t b = writer(pp, pub, &RoundTrip_keyless_0000000b_desc, "RoundTrip_keyless_0000000b");
              for (int i = 0; i < count; i++) {
                char text[100];
                snprintf(text, sizeof text, "text %d \\"quoted\\", a=b \\\\ \\xc3\\xbc", i);
                RoundTrip_indexed_0000000a x = {0};
                RoundTrip_keyless_0000000b y = {0};
                x.salIndex = 1 + i % 3;
                FILL(x);
                FILL(y);
                if (dds_write(a, &x) < 0 || dds_write(b, &y) < 0) return 5;
              }
              if (dds_wait_for_acks(a, DDS_SECS(20)) < 0 || dds_wait_for_acks(b, DDS_SECS(20)) < 0) return 6;
              return 0;
            }

            """

        private static let count = 400

        @Test(arguments: ["wide", "narrow"])
        func everyFieldOfEverySampleIsStored(mapping: String) throws {
            let flow = try Flow()
            // Separate topics for each mapping: a subject's schema cannot change to the other.
            let component = "RoundTrip" + mapping
            try flow.write(idl: Self.idl.replacing("RoundTrip", with: component), component: component)
            let publisher = try compilePublisher(flow, component)
            let producer = try flow.producer([component], ["--mapping", mapping])
            defer { _ = producer.stop() }
            try producer.waitUntilReady()
            let sink = try flow.sink(#"lsst\.sal\.\#(component)\..*"#)
            defer { _ = sink.stop() }
            try sink.waitUntilReady()
            MonotonicClock.sleep(seconds: 2)
            let base = WallClock.seconds().rounded(.down)
            let xml = """
                <CycloneDDS><Domain id="any"><General><Interfaces><NetworkInterface address="127.0.0.1"/></Interfaces><AllowMulticast>false</AllowMulticast>\
                </General><Discovery><ParticipantIndex>auto</ParticipantIndex><MaxAutoParticipantIndex>100</MaxAutoParticipantIndex><Peers>\
                <Peer address="127.0.0.1"/></Peers></Discovery></Domain></CycloneDDS>
                """
            let process = try TestProcess(publisher, ["\(flow.domain)", "\(Self.count)", "\(Int(base))", xml])
            #expect(process.wait(seconds: 60) == 0, "\(process.output)")
            for name in ["indexed", "keyless"] {
                let topic = "lsst.sal.\(component).\(name)"
                #expect(flow.waitForAll([topic: Self.count]) == [topic: Self.count], "\(sink.output)")
                try compare(flow, topic, base, narrow: mapping == "narrow", indexed: name == "indexed")
            }
            #expect(try producer.metrics().sum("efd_samples_lost") == 0)
        }

        private func compilePublisher(_ flow: Flow, _ component: String) throws -> String {
            let folder = flow.folder.path
            try Self.idl.replacing("//private", with: "").replacing("RoundTrip", with: component).write(
                toFile: folder + "/roundtrip.idl", atomically: true, encoding: .utf8)
            try Self.program.replacing("RoundTrip", with: component).write(
                toFile: folder + "/publisher.c", atomically: true, encoding: .utf8)
            let idlc = try TestProcess(
                "/usr/bin/idlc", ["-Wno-implicit-extensibility", "-o", folder, folder + "/roundtrip.idl"])
            #expect(idlc.wait(seconds: 30) == 0, "\(idlc.output)")
            let compiler = try TestProcess(
                "/usr/bin/cc",
                [
                    "-DDDS_NDEBUG", "-I", folder, "-o", folder + "/publisher", folder + "/publisher.c",
                    folder + "/roundtrip.c", "-lddsc", "-lm",
                ])
            #expect(compiler.wait(seconds: 60) == 0, "\(compiler.output)")
            return folder + "/publisher"
        }

        /// Compares all rows with the publisher's formulas.
        private func compare(_ flow: Flow, _ topic: String, _ base: Double, narrow: Bool, indexed: Bool) throws {
            let series = try #require(try flow.query.run("SELECT * FROM \"\(topic)\"", database: flow.database).first)
            let numbers = try #require(series["private_seqNum"]).compactMap { $0.integer.map { Int($0) - 1 } }
            #expect(numbers.sorted() == Array(0..<Self.count))
            func column(_ name: String, _ expected: (Int) -> JSON) {
                guard let values = series[name] else {
                    Issue.record("\(topic) has no field \(name)")
                    return
                }
                let wrong = zip(numbers, values).filter { number, value in !Self.equal(value, expected(number)) }
                #expect(
                    wrong.isEmpty,
                    """
                    \(topic).\(name): \(wrong.count) wrong, e.g. sample \(wrong.first?.0 ?? 0) is \
                    \(wrong.first?.1.text ?? ""), not \(wrong.first.map { expected($0.0).text } ?? "")
                    """
                )
            }
            func float(_ value: Float) -> JSON { .real(narrow ? Double("\(value)") ?? .nan : Double(value)) }
            if indexed { column("salIndex") { .integer(Int64(1 + $0 % 3)) } }
            column("private_efdStamp") { .real(base + 37 + Double($0) * 0.001 - 37) }
            column("private_sndStamp") { .real(base + 37 + Double($0) * 0.001) }
            column("private_identity") { _ in "C" }
            column("private_origin") { _ in 4711 }
            column("aBoolean") { .bool($0 % 2 == 1) }
            column("anOctet") { .integer(Int64($0 % 256)) }
            column("aChar") { .integer(Int64($0 % 128)) }
            column("aShort") { .integer(Int64(-$0)) }
            column("anUnsignedShort") { .integer(Int64(65_535 - $0)) }
            column("aLong") { .integer(Int64(-1_000_000 * $0)) }
            column("anUnsignedLong") { .integer(Int64(4_294_967_295 - $0)) }
            column("aLongLong") { .integer(-9_007_199_254_740_993 - Int64($0)) }
            column("anUnsignedLongLong") { .integer(1_000_000_007 * Int64($0)) }
            column("aFloat") { float(Float($0) / 7) }
            column("aDouble") { $0 % 5 == 0 ? .null : .real(Double($0) / 3) }
            column("aString") { .string("text \($0) \"quoted\", a=b \\ ü") }
            column("aBoundedString") { .string("b\($0)") }
            for k in 0..<2 {
                column("booleans\(k)") { .bool(($0 + k) % 2 == 1) }
                column("shorts\(k)") { .integer(Int64($0 - k)) }
                column("longs\(k)") { .integer(Int64($0 * 7 - k)) }
                column("longLongs\(k)") { .integer((1 << 60) + Int64($0 + k)) }
                column("floats\(k)") { float(Float($0) + Float(k) * 0.1) }
            }
            for k in 0..<3 {
                column("octets\(k)") { .integer(Int64(($0 + k) % 256)) }
                column("doubles\(k)") { .real(Double($0) + Double(k) / 10) }
            }
        }

        /// InfluxDB's JSON writes a whole real without its point.
        private static func equal(_ found: JSON, _ expected: JSON) -> Bool {
            if case .real(let value) = expected { return found.number == value }
            return found == expected
        }
    }
}
