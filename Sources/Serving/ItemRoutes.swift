import HTTP
import Identity
import JSON
import State

extension ServingAPI {
  /// `GET /items/{id}`: read from memory, on the I/O thread.
  var itemRoutes: [Route<ServingWorker>] {
    [
      .inline(.get, "/items/{id}") { [replica] request in
        try QueryParameters.check(request, known: [])
        let id = try RequestFields.pathID(request.pathParameter("id"), field: "id")
        let state = replica.items
        guard let index = state.index(of: ItemKey(id)), let item = state.catalogue.item(at: index) else {
          throw HTTPError.notFound("no event and no description has named this item", field: "id")
        }
        return ItemText.response(item, state.row(index))
      }
    ]
  }
}

private enum ItemText {
  static func response(_ item: CatalogueItem, _ row: ItemRow) -> HTTPResponse {
    var writer = JSONWriter(reserving: 512)
    writer.beginObject()
    writer.key("item_id")
    AnswerText.id(item.id, into: &writer)
    writer.key("title")
    AnswerText.text(item.metadata.title, into: &writer)
    writer.key("genres")
    AnswerText.strings(item.metadata.genres, into: &writer)
    writer.key("year")
    if let year = item.metadata.year { writer.integer(year) } else { writer.null() }
    writer.key("tags")
    AnswerText.strings(item.metadata.tags, into: &writer)
    writer.key("price")
    if let price = item.metadata.price { writer.number(price) } else { writer.null() }
    writer.key("described")
    writer.boolean(item.isDescribed)
    writer.key("recommendable")
    writer.boolean(item.isRecommendable)
    writer.key("events")
    writer.integer(row.count)
    writer.key("positives")
    writer.integer(row.positiveCount)
    writer.key("mean_grade")
    if row.count > 0 { writer.number(row.gradeSum / Float(row.count)) } else { writer.null() }
    writer.key("first_event_ms")
    if row.count > 0 { writer.integer(row.firstMs) } else { writer.null() }
    writer.key("last_event_ms")
    if row.count > 0 { writer.integer(row.lastMs) } else { writer.null() }
    writer.endObject()
    return .json(writer.bytes)
  }
}
