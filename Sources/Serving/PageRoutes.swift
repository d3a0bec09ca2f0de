import HTTP

extension ServingAPI {
  /// `GET /`.
  var pageRoutes: [Route<ServingWorker>] {
    let page = HTTPResponse(contentType: "text/html; charset=utf-8", body: Array(StatusPage.html.utf8))
      // Nothing but what the page itself holds, and nothing but this server to talk to.
      .with(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
          + "img-src data:; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
      )
      .with("X-Content-Type-Options", "nosniff").with("Referrer-Policy", "no-referrer").with(
        "Cache-Control", "no-cache")
    return [.inline(.get, "/") { _ in page }]
  }
}
