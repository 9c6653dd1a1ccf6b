import EFDCore
import EFDSAL
import Foundation

/// Cyclone DDS 11 under Python, with types made at run time: a peer of other hands. `EFD_PYTHON` names an interpreter
/// that has the package `cyclonedds`.
struct PythonPeer {
    static let interpreter: String? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
            .standardized.path
        let candidates = [
            ProcessInfo.processInfo.environment["EFD_PYTHON"], "\(package)/.build-tools/venv/bin/python3",
        ].compactMap { $0 }
        return candidates.first { candidate in
            (try? Running(candidate, ["-c", "import cyclonedds"], folder: NSTemporaryDirectory()).wait()) == 0
        }
    }()

    private let workshop: Workshop

    init(_ definition: IDLStruct, module: String, _ samples: [[SALValue]]) throws {
        workshop = try Workshop()
        let fields = definition.fields.map { field in
            JSON.array([
                .string(field.name), .string(field.type.idl), field.arrayLength.map { .integer(Int64($0)) } ?? .null,
            ])
        }
        let description: JSON = [
            "type": .string("\(module)::\(definition.name)"), "topic": .string("\(module)_\(definition.name)"),
            "fields": .array(fields),
            "keys": .array((definition.keys ?? []).map(JSON.string)),
            "samples": .array(samples.map { .array($0.map(Self.json)) }),
        ]
        try workshop.write(description.text, to: "samples.json")
        try workshop.write(Self.program, to: "peer.py")
    }

    /// `role`: `publish` writes the samples; `subscribe` takes as many and compares them, exit 0 if all are equal.
    func start(
        _ role: String, domain: Int, _ xml: String, partition: String, representation: CDREncoding.Version = .xcdr1
    ) throws -> Running {
        let arguments = ["peer.py", role, "\(domain)", xml, partition, representation == .xcdr1 ? "1" : "2"]
        return try Running(Self.interpreter ?? "python3", arguments, folder: workshop.folder)
    }

    /// Real numbers as their bits, since JSON has no NaN.
    private static func json(_ value: SALValue) -> JSON {
        switch value {
        case .boolean(let value): .bool(value)
        case .booleans(let values): .array(values.map(JSON.bool))
        case .integer(let value): .integer(value)
        case .integers(let values): .array(values.map(JSON.integer))
        case .real(let value): .string(String(value.bitPattern))
        case .reals(let values): .array(values.map { .string(String($0.bitPattern)) })
        case .text(let value): .string(value)
        case .texts(let values): .array(values.map(JSON.string))
        case .bytes: .null
        }
    }

    private static let program = """
        import json, struct, sys, time
        from cyclonedds import core, domain, idl, pub, sub, topic
        from cyclonedds.idl import annotations, types
        from cyclonedds.util import duration

        role, number, xml, partition, representation = sys.argv[1:6]
        given = json.load(open("samples.json"))
        names = {"boolean": bool, "octet": types.uint8, "char": types.char, "short": types.int16, "unsigned short": types.uint16,
                 "long": types.int32, "unsigned long": types.uint32, "long long": types.int64, "unsigned long long": types.uint64,
                 "float": types.float32, "double": types.float64, "string": str}

        def kind(name, length):
            plain = names[name] if name in names else types.bounded_str[int(name[7:-1])]
            return plain if length is None else types.array[plain, length]

        def value(name, raw):
            if isinstance(raw, list):
                return [value(name, one) for one in raw]
            if name in ("float", "double"):
                return struct.unpack("<d", struct.pack("<Q", int(raw)))[0]
            if name == "char":
                return chr(raw)
            return raw & 0xFFFFFFFFFFFFFFFF if name == "unsigned long long" else raw

        def same(one, other):
            if isinstance(one, (list, tuple, bytes)):
                return len(one) == len(other) and all(same(*pair) for pair in zip(one, other))
            return one == other or one != one and other != other

        Type = idl.make_idl_struct(given["type"].split("::")[-1], given["type"].replace("::", "."),
                                   {name: kind(of, length) for name, of, length in given["fields"]})
        annotations.keylist(given["keys"])(Type)
        samples = [Type(**{name: value(of, raw) for (name, of, _), raw in zip(given["fields"], values)}) for values in given["samples"]]
        qos = core.Qos(core.Policy.Reliability.Reliable(duration(seconds=30)), core.Policy.History.KeepAll, core.Policy.Partition([partition]),
                       core.Policy.DataRepresentation(use_cdrv0_representation=representation == "1", use_xcdrv2_representation=representation == "2"))
        inside = domain.Domain(int(number), xml)
        participant = domain.DomainParticipant(int(number))
        where = topic.Topic(participant, given["topic"], Type, qos=qos)
        if role == "publish":
            writer = pub.DataWriter(pub.Publisher(participant, qos=qos), where, qos=qos)
            for _ in range(3000):
                if writer.get_publication_matched_status().current_count > 0:
                    break
                time.sleep(0.01)
            for place, sample in enumerate(samples):
                writer.write(sample, timestamp=1000000 + place)
            sys.exit(0 if writer.wait_for_acks(duration(seconds=30)) else "no acknowledgements")
        reader = sub.DataReader(sub.Subscriber(participant, qos=qos), where, qos=qos)
        print("ready", flush=True)
        seen, deadline = set(), time.time() + 60
        while len(seen) < len(samples) and time.time() < deadline:
            for sample in reader.take(N=100):
                if not sample.sample_info.valid_data:
                    continue
                place = sample.sample_info.source_timestamp - 1000000
                for name, _, _ in given["fields"]:
                    if not same(getattr(sample, name), getattr(samples[place], name)):
                        sys.exit(f"sample {place}, {name}: {getattr(sample, name)!r}, not {getattr(samples[place], name)!r}")
                seen.add(place)
            time.sleep(0.01)
        sys.exit(0 if len(seen) == len(samples) else f"{len(seen)} of {len(samples)} samples came")

        """
}
