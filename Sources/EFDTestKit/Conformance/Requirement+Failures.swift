import EFDCore
import EFDKafka
import EFDSink

/// Calls that fail.
extension Requirement {
    static let failures = [
        Requirement("whatFailsIsRepeatedWhole") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            var calls: [SinkScript.Call] = [.prepare, .write]
            if run.capabilities.buffersRows { calls.append(.flush) }
            for call in calls { script.fail(call, times: 2) }
            let connector = try run.start(topics, script)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            for call in calls { try run.expect(script.failures(call) == 2, "\(call) did not fail twice") }
            let retries = connector.metric("efd_write_retries_total")
            try run.expect(retries >= 2 * calls.count, "\(retries) retries are counted")
            try run.wait("the connector is ready") { connector.isReady }
        },
        Requirement("aRetryComesWhenTheDestinationSaid") { run in
            let topics = [try run.broker.single()]
            let script = SinkScript()
            var calls: [SinkScript.Call] = [.prepare, .write]
            if run.capabilities.buffersRows { calls.append(.flush) }
            for call in calls { script.fail(call, retryAfter: 0.7) }
            _ = try run.start(topics, script, settings: ["writers": "1"])
            try run.waitUntilStored(topics)
            try run.expectAllStored(topics)
            for call in calls {
                let pause = script.shortestRetry(call) ?? 0
                try run.expect(pause >= 0.7, "\(call) came again after \(pause) s, not 0.7 s")
            }
        },
        Requirement("whatAPersonMustCorrectShowsAtOnce") { run in
            let topics = [try run.broker.plain()]
            let script = SinkScript()
            // So late that no second failure can be what shows it.
            script.failAlways(.write, SinkScript.lasting, retryAfter: 10)
            let connector = try run.start(topics, script)
            let name = try run.sinkName()
            try run.wait("a write fails") { script.failures(.write) > 0 }
            try run.wait("readiness names the cause") { connector.unmet(name)?.contains("conform.password") == true }
            try run.expect(script.failures(.write) <= 2, "readiness did not show it at once")
            try run.expect(connector.state == .running, "the connector is \(connector.state)")
            try run.expect(try run.stored(topics).isEmpty, "rows are stored")
            script.failAlways(.write, nil)
            try run.waitUntilStored(topics)
            try run.expectAllStored(topics)
            try run.wait("the connector is ready") { connector.isReady }
        },
        Requirement("aStopWhileWritesFailLosesNothing") { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            // The first write fails and waits long; all others would succeed.
            script.fail(.write, SinkScript.passing, retryAfter: 50)
            let connector = try run.start(topics, script, settings: ["writers": "1"])
            try run.wait("a write failed, and others wait") {
                script.failures(.write) == 1 && connector.metric("efd_write_batches_in_flight") > 1
            }
            connector.stop()
            try run.expect(connector.state == .stopped, "the connector is \(connector.state)")
            try run.expect(!connector.saysAllIsStored, "the connector says that all is stored")
            try run.expectNoGap(topics)
            _ = try run.start(topics)
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
        },
        Requirement("aFaultOfTheStartEndsTheConnector") { run in
            let topics = [try run.broker.plain()]
            let script = SinkScript()
            let call: SinkScript.Call = run.capabilities.offsets == .destination ? .position : .makeWriter
            script.fail(call, SinkScript.lasting)
            let connector = try run.start(topics, script)
            connector.mayFail()
            try run.wait("the connector fails") { connector.state == .failed }
            try run.expect(connector.trace?.code == SinkScript.lasting.code, "its trace is another one")
            try run.expect(connector.unmet("connector") != nil, "readiness does not say that it failed")
            try run.expect(try run.stored(topics).isEmpty, "rows are stored")
            try connector.restart()
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.expect(connector.unmet("connector") == nil, "readiness says that it failed")
        },
        Requirement("anUnansweredPositionIsAskedForAgain", .offsets) { run in
            let topics = [try run.broker.plain()]
            let script = SinkScript()
            script.fail(.position, times: 2)
            _ = try run.start(topics, script)
            try run.waitUntilStored(topics)
            try run.expect(script.failures(.position) == 2, "the position was not asked for")
            try run.expectAllStored(topics)
        },
        Requirement("aDestinationThatDoesNotOpenIsTriedAgain") { run in
            let topics = [try run.broker.plain()]
            let script = SinkScript()
            script.failAlways(.open, SinkScript.lasting)
            let connector = try run.start(topics, script)
            let name = try run.sinkName()
            try run.wait("readiness names the cause") {
                connector.unmet(name)?.contains("conform.password") == true && script.count(.open) > 1
            }
            try run.expect(connector.metric("efd_records_received_total") == 0, "records are read")
            script.failAlways(.open, nil)
            try run.waitUntilStored(topics)
            try run.expectAllStored(topics)
            try run.wait("the connector is ready") { connector.isReady }
        },
        Requirement("aDestinationThatIsAwayIsWaitedFor", .breaksDown) { run in
            let topics = [try run.broker.plain(), try run.broker.turning()]
            let script = SinkScript()
            script.closeGate(after: 3)
            let connector = try run.start(topics, script)
            try run.wait("rows come") { script.waitingWrites > 0 }
            try run.destination.breakDown()
            script.openGate()
            let name = try run.sinkName()
            try run.wait("readiness says that it is away") { connector.unmet(name) != nil }
            try run.expect(connector.state == .running, "the connector is \(connector.state)")
            try run.destination.repair()
            try run.waitUntilStored(topics)
            try run.waitUntilCommitted(topics)
            try run.expectAllStored(topics)
            try run.wait("the connector is ready") { connector.isReady }
        },
    ]
}
