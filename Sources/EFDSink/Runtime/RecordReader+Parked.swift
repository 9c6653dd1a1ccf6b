import EFDCore
import EFDKafka

/// Partitions that cannot be stored before a person has acted: they alone wait, all else goes on.
extension RecordReader {
    func park(_ slot: PartitionState, at offset: Int64, _ reason: EFDError) {
        guard slot.parked == nil else { return }
        slot.parked = (offset, reason)
        do throws(EFDError) { try consumer.pause([slot.place]) } catch {
            // It is fetched in vain, and passed over.
            log.warning("a partition could not be paused", error)
        }
        log.error("a partition is left alone until this is mended; its records stay in Kafka, unread", reason)
        tellParked()
    }

    /// Lets those go on that the destination has nothing of any more at or behind what it refused.
    func lookAtParked() throws(EFDError) {
        guard MonotonicClock.seconds() - lastParkedLook >= SinkLimits.parkedLook else { return }
        lastParkedLook = MonotonicClock.seconds()
        for slot in slotOf.values {
            guard let parked = slot.parked else { continue }
            do throws(EFDError) {
                let position = try sink.position(of: slot.topic, slot.partition)
                if let position, position.offset > parked.offset { continue }
                // As if it had come anew: its writer forgets what it knew of it.
                slot.setAssigned(true)
                let start =
                    position.map { begin(slot.place, at: $0) } ?? PartitionOffset(slot.place, PartitionOffset.beginning)
                if let error = consumer.seek([start]) { throw error }
                try consumer.resume([slot.place])
                log.info(
                    "a partition that was left alone goes on",
                    ["topic": .text(slot.topic), "partition": .integer(Int(slot.partition))])
            } catch {
                slot.parked = parked
                log.warning("a partition that was left alone cannot go on yet", error)
            }
        }
        tellParked()
    }

    func tellParked() {
        let reasons = slotOf.values.compactMap(\.parked?.reason)
        metrics.parked.set(reasons.count)
        if let first = reasons.first {
            health.set("partitions", isMet: false, "\(reasons.count) left alone: \(first)")
        } else if health.conditions.contains(where: { $0.name == "partitions" }) {
            health.set("partitions", isMet: true, "none is left alone")
        }
    }
}
