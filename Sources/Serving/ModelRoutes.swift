import Features
import HTTP
import JSON
import Telemetry

extension ServingAPI {
  /// `GET /model/info`, `GET /drift`, `POST /model/rollback/{kind}`.
  var modelRoutes: [Route<ServingWorker>] {
    [
      .inline(.get, "/model/info") { [self] request in
        try QueryParameters.check(request, known: [])
        return modelInfo()
      },
      .inline(.get, "/drift") { [replica] request in
        try QueryParameters.check(request, known: [])
        var writer = JSONWriter()
        writer.beginObject()
        replica.driftReport(into: &writer)
        writer.endObject()
        return .json(writer.bytes)
      },
      .queued(.post, "/model/rollback/{kind}") { worker, request in
        try worker.api.rollBack(request.pathParameter("kind") ?? "")
      },
    ]
  }

  private func modelInfo() -> HTTPResponse {
    let bundle = replica.bundle
    let state = replica.items
    let globals = state.globals
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("serving")
    writer.beginObject()
    AnswerText.versions(bundle, into: &writer)
    writer.key("features")
    writer.integer(bundle.registry.count)
    writer.endObject()
    writer.key("items")
    writer.beginObject()
    writer.key("known")
    writer.integer(state.count)
    writer.key("recommendable")
    writer.integer(state.catalogue.recommendableCount)
    writer.key("events_learned")
    writer.integer(globals.events)
    writer.endObject()
    latency(into: &writer)
    cacheFigures(into: &writer)
    replica.modelInfo(into: &writer)
    writer.endObject()
    return .json(writer.bytes)
  }

  /// Percentiles by stage since the start, interpolated within the buckets of the metric.
  private func latency(into writer: inout JSONWriter) {
    writer.key("latency")
    writer.beginObject()
    for stage in FreshetMetrics.recommendStages {
      let snapshot = metrics.recommendSeconds[stage].snapshot()
      writer.key(stage)
      writer.beginObject()
      writer.key("count")
      writer.integer(snapshot.count)
      percentile(snapshot, "p50_ms", 0.5, into: &writer)
      percentile(snapshot, "p90_ms", 0.9, into: &writer)
      percentile(snapshot, "p99_ms", 0.99, into: &writer)
      writer.endObject()
    }
    writer.endObject()
  }

  private func percentile(
    _ snapshot: HistogramSnapshot, _ name: StaticString, _ share: Double, into writer: inout JSONWriter
  ) {
    writer.key(name)
    if let value = snapshot.quantile(share) { AnswerText.milliseconds(value, into: &writer) } else { writer.null() }
  }

  private func cacheFigures(into writer: inout JSONWriter) {
    writer.key("cache")
    writer.beginObject()
    writer.key("entries")
    writer.integer(cache.count)
    writer.key("hits")
    writer.integer(metrics.recommendCache["hit"].value)
    writer.key("misses")
    writer.integer(metrics.recommendCache["miss"].value)
    writer.key("bypasses")
    writer.integer(metrics.recommendCache["bypass"].value)
    writer.endObject()
  }

  fileprivate func rollBack(_ kind: String) throws(HTTPError) -> HTTPResponse {
    switch replica.rollBack(kind: kind) {
    case .done(let version):
      log.notice("a model was rolled back by request", ["kind": "\(kind)", "version": "\(version)"])
      var writer = JSONWriter(reserving: 128)
      writer.beginObject()
      writer.key("kind")
      writer.string(kind)
      writer.key("version")
      writer.string(version)
      writer.endObject()
      return .json(writer.bytes)
    case .unknownKind(let known):
      throw .notFound(
        "there is no model \"\(kind.prefix(64))\"; there are: \(known.joined(separator: ", "))", field: "kind")
    case .refused(let reason):
      throw HTTPError(status: 409, code: "not_rolled_back", field: "kind", message: reason)
    }
  }
}
