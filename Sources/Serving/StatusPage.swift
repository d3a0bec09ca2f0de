/// The page at `/`: the state of the process at a glance, and a place to try a recommendation.
///
/// One file without any outside resource. All text from the API is set as text, never as markup.
enum StatusPage {
  static let html = head + style + body + script

  private static let head = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <link rel="icon" href="data:,">
    <title>Freshet</title>

    """#

  private static let style = #"""
    <style>
      :root { color-scheme: light dark; --line: #8885; --soft: #8882; --bad: #c0392b; --good: #1e8449; }
      [hidden] { display: none !important; }
      body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
      h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem; }
      #tiles { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); }
      .tile { border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; overflow-wrap: anywhere; }
      .tile b { display: block; font-size: .8rem; font-weight: 600; opacity: .7; }
      form { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
      label { display: grid; font-size: .8rem; gap: .2rem; } input { font: inherit; padding: .3rem .4rem; }
      label.flag { display: flex; align-items: center; font-size: inherit; }
      button { font: inherit; padding: .35rem .8rem; cursor: pointer; }
      .scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; margin-top: .75rem; }
      th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: left; }
      td.number { text-align: right; font-variant-numeric: tabular-nums; }
      .bad { color: var(--bad); } .good { color: var(--good); }
      pre { background: var(--soft); border-radius: .5rem; overflow: auto; padding: .6rem; max-height: 20rem; }
      #message { min-height: 1.4em; margin: .5rem 0; }
    </style>
    </head>

    """#

  private static let body = #"""
    <body>
    <h1>Freshet</h1>
    <p id="state" role="status">Asking the server ...</p>
    <div id="tiles"></div>
    <h2>Try a recommendation</h2>
    <form id="ask">
      <label>User id <input id="user" value="1" maxlength="256" required></label>
      <label>How many <input id="count" type="number" min="1" max="100" value="10" required></label>
      <label class="flag"><input id="cache" type="checkbox" checked> use the cache</label>
      <label id="key-label" hidden>API key <input id="key" type="password" autocomplete="off"></label>
      <button>Recommend</button>
    </form>
    <p id="message" role="status"></p>
    <div class="scroll"><table id="list" hidden>
      <thead><tr><th>#</th><th>Item</th><th>Title</th><th>Genres</th><th>Score</th><th>Retrieval</th><th></th></tr></thead>
      <tbody></tbody>
    </table></div>
    <details id="answer" hidden><summary>The answer as it came</summary><pre></pre></details>

    """#

  private static let script = #"""
    <script>
      "use strict";
      const byId = id => document.getElementById(id);
      const made = (name, text, kind) => {
        const element = document.createElement(name);
        if (text !== undefined && text !== null) element.textContent = text;
        if (kind) element.className = kind;
        return element;
      };

      async function call(path, options = {}) {
        const headers = {"Content-Type": "application/json"};
        if (byId("key").value) headers["X-API-Key"] = byId("key").value;
        const response = await fetch(path, {...options, headers, cache: "no-store"});
        if (response.status === 401) byId("key-label").hidden = false;
        const value = await response.json().catch(() => ({}));
        return {status: response.status, value};
      }

      // An id that is a number goes out as one, as most producers send it.
      const idOf = text => /^(0|-?[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text;

      function say(text, isBad) {
        byId("message").textContent = text;
        byId("message").className = isBad ? "bad" : "";
      }

      function tile(name, value) {
        const element = made("div", null, "tile");
        element.append(made("b", name), document.createTextNode(value));
        return element;
      }

      async function refresh() {
        try {
          const [ready, info] = await Promise.all([call("/ready"), call("/model/info")]);
          const problems = ready.value.problems || [];
          byId("state").textContent = ready.status === 200
            ? "Ready." : problems.map(p => `${p.part}: ${p.message} ${p.remedy}`).join(" · ") || "Not ready.";
          byId("state").className = ready.status === 200 ? "good" : "bad";
          if (info.status !== 200) return;
          const {serving, items, latency, cache} = info.value;
          const ms = value => value === null ? "-" : `${value} ms`;
          byId("tiles").replaceChildren(
            tile("Ranker", serving.ranker ?? "none yet"), tile("Towers", serving.towers ?? "none yet"),
            tile("Items", `${items.recommendable} of ${items.known}`), tile("Events learned", items.events_learned),
            tile("Answers", latency.total.count),
            tile("p50 / p99", `${ms(latency.total.p50_ms)} / ${ms(latency.total.p99_ms)}`),
            tile("Cache hits / misses", `${cache.hits} / ${cache.misses}`));
        } catch (error) {
          byId("state").textContent = "The server does not answer.";
          byId("state").className = "bad";
        }
      }

      async function like(user, item) {
        const event = {type: "like", user, item, event_id: crypto.randomUUID?.() ?? `page-${Date.now()}-${Math.random()}`};
        const answer = await call("/events?wait=applied", {method: "POST", body: JSON.stringify(event)});
        if (answer.status !== 200) return say(answer.value.error?.message ?? `status ${answer.status}`, true);
        await recommend();
      }

      function row(user, entry) {
        const line = made("tr");
        line.append(
          made("td", entry.rank, "number"), made("td", entry.item_id), made("td", entry.title ?? "-"),
          made("td", entry.genres.join(", ")), made("td", entry.score.toFixed(3), "number"),
          made("td", entry.retrieval_score.toFixed(3), "number"));
        const button = made("button", "like");
        button.type = "button";
        button.addEventListener("click", () => like(user, entry.item_id).catch(error => say(String(error), true)));
        const cell = made("td");
        cell.append(button);
        line.append(cell);
        return line;
      }

      async function recommend() {
        const user = idOf(byId("user").value.trim());
        const question = {user_id: user, k: Number(byId("count").value), use_cache: byId("cache").checked};
        const answer = await call("/recommend", {method: "POST", body: JSON.stringify(question)});
        byId("answer").hidden = false;
        byId("answer").querySelector("pre").textContent = JSON.stringify(answer.value, null, 2);
        byId("list").hidden = answer.status !== 200;
        if (answer.status !== 200) return say(answer.value.error?.message ?? `status ${answer.status}`, true);
        const {recommendations, provenance, latency_ms, cache_hit, n_candidates} = answer.value;
        const why = provenance.degraded ? `; degraded: ${provenance.degraded}` : "";
        say(`${recommendations.length} of ${n_candidates} candidates in ${latency_ms} ms`
          + `${cache_hit ? ", from the cache" : ""}; ${provenance.user_events} events of this user${why}`);
        byId("list").querySelector("tbody").replaceChildren(...recommendations.map(entry => row(user, entry)));
        refresh();
      }

      byId("ask").addEventListener("submit", event => {
        event.preventDefault();
        recommend().catch(error => say(String(error), true));
      });
      refresh();
      setInterval(refresh, 5000);
    </script>
    </body>
    </html>

    """#
}
