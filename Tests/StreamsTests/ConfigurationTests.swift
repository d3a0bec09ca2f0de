import TestSupport
import Testing

@testable import Streams

@Suite(.ownThread) struct ConfigurationTests {
  private func failure(_ configuration: KafkaConfiguration) -> StreamError? {
    do {
      _ = try StreamProducer(configuration)
      return nil
    } catch { return error }
  }

  @Test func aPropertyThatCannotBeIsNamed() throws {
    var configuration = KafkaConfiguration(brokers: "127.0.0.1:1")
    #expect(failure(configuration) == nil)
    configuration.extra = ["no.such.thing": "1"]
    let unknown = try #require(failure(configuration))
    #expect(unknown.code == .configuration && unknown.message.contains("no.such.thing"))
    configuration.extra = ["socket.timeout.ms": "soon"]
    #expect(failure(configuration)?.message.contains("socket.timeout.ms") == true)
  }

  @Test(arguments: ["enable.auto.commit", "partitioner", "acks", "auto.offset.reset", "group.id"])
  func propertiesThatThePromisesRestOnAreRefused(name: String) throws {
    var configuration = KafkaConfiguration(brokers: "127.0.0.1:1")
    configuration.extra = [name: "x"]
    let error = try #require(failure(configuration))
    #expect(error.code == .configuration && error.message.contains("\"\(name)\""))
    #expect(throws: StreamError.self) { _ = try StreamConsumer(configuration, group: "g") }
    #expect(throws: StreamError.self) { _ = try TopicAdministrator(configuration) }
  }

  @Test func secretsAreNeverPrinted() throws {
    var configuration = KafkaConfiguration(brokers: "a:1,b:2")
    configuration.securityProtocol = .saslTLS
    configuration.saslMechanism = "SCRAM-SHA-512"
    configuration.saslUsername = "someone"
    configuration.saslPassword = "hidden-1"
    configuration.tlsKeyPassword = "hidden-2"
    configuration.extra = ["ssl.keystore.password": "hidden-3", "sasl.oauthbearer.client.secret": "hidden-4"]
    let text = "\(configuration)"
    #expect(!text.contains("hidden"))
    #expect(text.contains("bootstrap.servers=a:1,b:2") && text.contains("sasl.username=someone"))
    #expect(text.contains("sasl.password=***"))
    configuration.extra = ["sasl.oauthbearer.method": "hidden-5"]
    let error = try #require(failure(configuration))
    #expect(error.message.contains("sasl.oauthbearer.method"))
  }

  @Test func aBrokerThatIsNotThereIsUnavailable() throws {
    let producer = try StreamProducer(KafkaConfiguration(brokers: "127.0.0.1:1"))
    do {
      _ = try producer.clusterID(within: .milliseconds(200))
      Issue.record("no error")
    } catch { #expect(error.code == .unavailable && error.isTransient) }
    let administrator = try TopicAdministrator(KafkaConfiguration(brokers: "127.0.0.1:1"))
    do {
      _ = try administrator.describe([TopicDefinition("t", partitions: 1)], within: .milliseconds(200))
      Issue.record("no error")
    } catch { #expect(error.isTransient) }
  }
}
