import HTTP

/// `POST /recommend`, and `GET /recommend/{user_id}` for a browser's address line.
enum RecommendRoutes {
  static let paths: Set<String> = ["/recommend", "/recommend/{user_id}"]
}

extension ServingAPI {
  var recommendRoutes: [Route<ServingWorker>] {
    let defaultCount = configuration.defaultCount
    return [
      .queued(.post, "/recommend") { worker, request in
        try worker.counted { worker throws(HTTPError) in
          try worker.recommend(RecommendQuery(body: request.body, defaultCount: defaultCount))
        }
      },
      .queued(.get, "/recommend/{user_id}") { worker, request in
        try worker.counted { worker throws(HTTPError) in
          try worker.recommend(RecommendQuery(request, defaultCount: defaultCount))
        }
      },
    ]
  }
}

extension ServingWorker {
  /// Counts a request that was wrong; what is degraded has been counted where it was.
  fileprivate mutating func counted(
    _ answer: (inout ServingWorker) throws(HTTPError) -> HTTPResponse
  ) throws(HTTPError) -> HTTPResponse {
    do throws(HTTPError) { return try answer(&self) } catch {
      if error.status == 400 { instruments.errors.add() }
      throw error
    }
  }
}
