import CRdKafka
import Glibc

/// Numbers the topics and partitions of a consumer, so that handlers of records keep them in arrays.
///
/// librdkafka identifies topics by pointer. A pointer may be reused after its topic is gone, so each hit compares
/// the name, once for a run of messages.
struct SourceTable: ~Copyable {
    private struct Key: Hashable {
        let topic: OpaquePointer
        let partition: Int32
    }

    private struct Entry {
        let partition: TopicPartition
        let topic: Int
    }

    private var known: [Key: Int] = [:]
    private var byName: [TopicPartition: Int] = [:]
    private var entries: [Entry] = []
    private var topics: [String] = []
    private var topicNumbers: [String: Int] = [:]
    private var names: [UnsafeMutablePointer<CChar>] = []

    deinit { for name in names { free(name) } }

    func partition(_ source: Int) -> TopicPartition { entries[source].partition }
    func topicName(_ topic: Int) -> String { topics[topic] }

    mutating func lookUp(_ topic: OpaquePointer, _ partition: Int32) -> (source: Int, topic: Int) {
        let key = Key(topic: topic, partition: partition)
        if let source = known[key] {
            let number = entries[source].topic
            if strcmp(rd_kafka_topic_name(topic), names[number]) == 0 { return (source, number) }
        }
        let source = number(TopicPartition(String(cString: rd_kafka_topic_name(topic)), partition))
        known[key] = source
        return (source, entries[source].topic)
    }

    mutating func number(_ partition: TopicPartition) -> Int {
        if let source = byName[partition] { return source }
        let topic: Int
        if let number = topicNumbers[partition.topic] {
            topic = number
        } else {
            topic = topics.count
            topicNumbers[partition.topic] = topic
            topics.append(partition.topic)
            names.append(strdup(partition.topic))
        }
        byName[partition] = entries.count
        entries.append(Entry(partition: partition, topic: topic))
        return entries.count - 1
    }
}
