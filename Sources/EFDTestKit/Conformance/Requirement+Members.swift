import EFDCore
import EFDKafka
import EFDSink

/// Processes that die, come, go, and take partitions from each other.
extension Requirement {
    static let members = [
        Requirement("killsLoseNothing", hasOwnBroker: true) { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            // Every sink dies at its own places, the same on every run.
            var random = SeededGenerator(seed: run.sink.name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
            let expected = Set(topics.flatMap(\.rows))
            for _ in 0..<4 where !expected.isSubset(of: try run.stored(topics)) {
                let script = SinkScript()
                let isFlush = run.capabilities.buffersRows && Bool.random(using: &random)
                script.die(
                    isFlush ? .flush : .write, after: Int.random(in: 0...(isFlush ? 2 : 7), using: &random),
                    isForwarded: Bool.random(using: &random))
                let interval = Bool.random(using: &random) ? "10m" : "10ms"
                let connector = try run.start(topics, script, settings: ["commit.interval": interval])
                try run.wait("the process dies") {
                    script.isDead ? true : expected.isSubset(of: try run.stored(topics))
                }
                try connector.kill(run.broker, topics)
                try run.expectNoGap(topics)
            }
            _ = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
        },
        Requirement("membersComeAndGo") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let (first, second) = (SinkScript(), SinkScript())
            first.closeGate(after: 2)
            second.closeGate(after: 1)
            // Only what must all be flushed is.
            for script in [first, second] { script.holdFlush(true) }
            let one = try run.start(topics, first)
            try run.wait("the first member has rows under way") { first.waitingWrites > 0 }
            let two = try run.start(topics, second)
            // Assigned, and now asked to give partitions away.
            try run.wait("the first member gives partitions away") { one.metric("efd_rebalances_total") >= 2 }
            first.openGate()
            if run.capabilities.buffersRows {
                try run.wait("the first member stores what it gives away") {
                    try one.hasLostPartitions || !run.stored(topics).isEmpty
                }
            }
            for script in [first, second] { script.holdFlush(false) }
            let all = Set(topics.flatMap(\.rows))
            try run.wait("the second member has rows under way") {
                second.waitingWrites > 0 ? true : all.isSubset(of: try run.stored(topics))
            }
            two.beginStop()
            second.openGate()
            two.stop()
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.expect(one.state == .running, "the first member is \(one.state)")
            // Whoever gives partitions away in good order stores and commits first what it read of them.
            let rows = try run.stored(topics)
            let isExcused = [one, two].contains {
                $0.hasLostPartitions || !run.broker.isReal && $0.couldNotCommitRevoked
            }
            try run.expect(
                isExcused || Set(rows).count == rows.count, "\(rows.count - Set(rows).count) rows are stored twice")
        },
        Requirement("aFencedWriterEndsTheConnector", .fenced) { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            for call in run.capabilities.buffersRows ? [SinkScript.Call.write, .flush] : [.write] {
                let script = SinkScript()
                script.fence(call, after: call == .write ? 2 : 1)
                let connector = try run.start(topics, script)
                connector.mayFail()
                try run.wait("the connector fails") { connector.state == .failed }
                try run.expect(connector.trace?.code == SinkScript.fencing.code, "its trace is another one")
                try run.expect(connector.unmet("connector") != nil, "readiness does not say that it failed")
                connector.stop()
                try run.expectNoGap(topics)
            }
            _ = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
        },
        Requirement("aStrangerTakesOver", .fencedByOffsets) { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            let buffers = run.capabilities.buffersRows
            if buffers { script.holdFlush(true) } else { script.closeGate(after: 2) }
            let connector = try run.start(topics, script)
            connector.mayFail()
            let count = topics.reduce(0) { $0 + $1.rows.count }
            try run.wait("rows wait to be stored") {
                buffers ? script.acceptedRows == count : script.waitingWrites > 0
            }
            // Of another group: it knows of the first by the destination alone.
            let stranger = try run.start(topics, group: run.group + "-stranger")
            try run.waitUntilStored(topics)
            script.holdFlush(false)
            script.openGate()
            // A destination may find that the stranger did exactly the same work: that does not conflict.
            try run.wait("the connector is fenced") { try connector.state == .failed || run.isCommitted(topics) }
            try run.expectAllStored(topics)
            stranger.stop()
            if connector.state == .failed { try connector.restart() }
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.wait("the connector is ready") { connector.isReady }
        },
    ]
}
