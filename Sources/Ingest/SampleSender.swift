import Streams
import Training

/// Sends training groups to the trainers. A sample that the producer has no room for is left out: samples are many, and
/// events must not wait for them. One thread.
final class SampleSender {
  private let producer: StreamProducer
  private let topic: String
  private(set) var dropped: UInt64 = 0

  init(_ producer: StreamProducer, topic: String) {
    self.producer = producer
    self.topic = topic
  }

  func send(_ group: TrainingGroup) {
    let key = withUnsafeBytes(of: group.userHash.bigEndian) { Array($0) }
    do throws(StreamError) {
      try producer.send(to: topic, key: key, payload: GroupCodec.encode(group))
    } catch {
      dropped += 1
    }
  }
}
