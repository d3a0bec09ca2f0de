import HTTP
import JSON

extension ServingAPI {
  /// `GET /health`, `GET /ready`, `GET /metrics`: answered on the I/O threads, so that they work when all workers are
  /// busy.
  var probeRoutes: [Route<ServingWorker>] {
    [
      .inline(.get, "/health") { [self] _ in
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        writer.key("status")
        writer.string("ok")
        writer.key("version")
        writer.string(configuration.version)
        writer.key("uptime_seconds")
        writer.integer((clock.monotonicNanoseconds - startedAt) / 1_000_000_000)
        writer.endObject()
        return .json(writer.bytes)
      },
      .inline(.get, "/ready") { [replica] _ in Self.ready(replica.unready) },
      .inline(.get, "/metrics") { [self] _ in
        if let statistics {
          metrics.httpConnections.set(statistics.connections)
          metrics.httpQueueDepth.set(statistics.queueDepth)
        }
        return HTTPResponse(
          contentType: "text/plain; version=0.0.4; charset=utf-8", body: Array(metrics.exposition().utf8))
      },
    ]
  }

  private static func ready(_ problems: [ReadinessProblem]) -> HTTPResponse {
    var writer = JSONWriter(reserving: 512)
    writer.beginObject()
    writer.key("status")
    writer.string(problems.isEmpty ? "ready" : "not_ready")
    writer.key("problems")
    writer.beginArray()
    for problem in problems {
      writer.beginObject()
      writer.key("part")
      writer.string(problem.part)
      writer.key("message")
      writer.string(problem.message)
      writer.key("remedy")
      writer.string(problem.remedy)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    let response = HTTPResponse.json(writer.bytes, status: problems.isEmpty ? 200 : 503)
    return problems.isEmpty ? response : response.with("Retry-After", "1")
  }
}
