import EFDCore
import EFDTestKit
import Testing

@Suite struct QueueTests {
    @Test func everyElementPassesOnceAndInOrder() {
        let queue = BoundedQueue<Int>(capacity: 4)
        let producer = JoinableThread("producer") {
            for number in 0..<10_000 { queue.push(number) }
            queue.close()
        }
        var received: [Int] = []
        while let number = queue.pop() { received.append(number) }
        producer.join()
        #expect(received == Array(0..<10_000))
    }

    @Test func aFullQueueRefusesWithoutWaiting() {
        let queue = BoundedQueue<Int>(capacity: 2)
        #expect(queue.tryPush(1) == nil)
        #expect(queue.tryPush(2) == nil)
        #expect(queue.tryPush(3) == 3)
        #expect(queue.count == 2)
    }

    @Test func aClosedQueueDrainsAndRefuses() {
        let queue = BoundedQueue<Int>(capacity: 2)
        queue.push(1)
        queue.close()
        #expect(queue.push(2) == 2)
        #expect(queue.pop() == 1)
        #expect(queue.pop() == nil)
        #expect(queue.pop(waitingAtMost: 60) == nil)
    }

    @Test func aWaitEndsWithoutAnElement() { #expect(BoundedQueue<Int>(capacity: 1).pop(waitingAtMost: 0.01) == nil) }

    @Test func closingWakesWaitingThreads() {
        let queue = BoundedQueue<Int>(capacity: 1)
        queue.push(0)
        let producer = JoinableThread("producer") { queue.push(1) }
        let token = StopToken()
        let consumer = JoinableThread("waiter") { token.wait() }
        queue.close()
        token.stop()
        producer.join()
        consumer.join()
    }

    @Test func leftElementsAreFreed() {
        final class Canary: Sendable {
            let count: Counter
            init(_ count: Counter) { self.count = count }
            deinit { count.add() }
        }
        let freed = Counter()
        do {
            let queue = BoundedQueue<Canary>(capacity: 3)
            queue.push(Canary(freed))
            queue.push(Canary(freed))
            _ = queue.pop()
        }
        #expect(freed.value == 2)
    }
}

@Suite struct StopTokenTests {
    @Test func callbacksRunOnceBeforeAndAfter() {
        let token = StopToken()
        let calls = Counter()
        token.onStop { calls.add() }
        #expect(!token.wait(seconds: 0.001))
        token.stop()
        token.stop()
        token.onStop { calls.add() }
        #expect(calls.value == 2)
        #expect(token.wait(seconds: 0))
    }
}

@Suite struct BackoffTests {
    @Test func waitsGrowToTheCapAndStartOver() {
        var generator = SeededGenerator(seed: 3)
        var backoff = Backoff(base: 0.1, cap: 2)
        for attempt in 0..<60 {
            let ceiling = min(2, 0.1 * Double(1 << min(attempt, 20)))
            #expect(backoff.ceiling == ceiling)
            let wait = backoff.next(using: &generator)
            #expect(wait >= ceiling / 2 && wait <= ceiling)
        }
        backoff.reset()
        #expect(backoff.ceiling == 0.1)
    }
}

@Suite struct SharedLoadTests {
    @Test func theRateIsBounded() {
        let limit = RateLimit(bytesPerSecond: 1000)
        #expect(limit.take(100, now: 10) == 0)
        #expect(abs(limit.take(1000, now: 10) - 0.85) < 1e-9)
        #expect(limit.take(0, now: 12) == 0)
        #expect(RateLimit(bytesPerSecond: 0).take(1 << 40, now: 0) == 0)
    }

    @Test func aPoolRunsEveryTaskBeforeItCloses() {
        let pool = BlockingPool("test", size: 3)
        let index = WorkIndex()
        let seen = Locked<[Int]>([])
        for _ in 0..<20 { pool.run { if let next = index.next(below: 15) { seen.withLock { $0.append(next) } } } }
        pool.close()
        #expect(seen.withLock { $0.sorted() } == Array(0..<15))
    }
}
