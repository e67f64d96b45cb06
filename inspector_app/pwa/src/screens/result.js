// A verdict, for one hand and sunlight: colour, shape and word first, then what to compare, where, why, and what it does not prove.
import { distance, direction } from "../core.js";
import { drawing } from "../drawing.js";
import { element, patched, shape, sign } from "../dom.js";
import { sheet } from "../sheet.js";

/** The screen of what was scanned last. `refresh` puts new findings in place without moving what a person reads. */
export function resultScreen(app) {
  const place = element("div", { class: "result" });
  const next = element("button", { type: "button", class: "primary", id: "next", onclick: () => app.go("scan") }, sign("scan"), app.say("scan_next"));
  const node = element("section", {}, place, element("div", { class: "bottom" }, next));
  const state = { node, title: app.say("app_title"), chosen: null, refresh, leave() {} };
  let announced = "";

  function refresh() {
    const { verdicts } = app.scan;
    const shown = verdicts.includes(state.chosen) ? state.chosen : verdicts[0];
    const page = shown ? sheet(shown, { trust: app.lists.trust, language: app.language }) : null;
    patched(place, page ? sections(app, page, verdicts, shown, choose) : [withoutLists(app)]);
    announce(page?.headline ?? app.say("no_lists_verdict"), page?.reason ?? app.say("no_lists_reason"));
  }

  function choose(verdict) {
    state.chosen = verdict;
    refresh();
    place.querySelector(".card").scrollIntoView({ block: "nearest" });
  }

  function announce(headline, reason) {
    state.title = headline;
    const words = `${headline}. ${reason}`;
    if (words !== announced) app.announce((announced = words), headline);
  }

  refresh();
  return state;
}

function sections(app, page, verdicts, shown, choose) {
  return [
    verdicts.length > 1 && others(app, verdicts, shown, choose),
    card(app, page),
    page.site && page.verdict.seal !== "not_valid" && where(app, page),
    page.rows.length > 0 && license(app, page),
    page.site && page.verdict.seal === "not_valid" && where(app, page),
    why(app, page),
    page.notProven.length > 0 && panel(app, "section_not", element("ul", {}, page.notProven.map((sentence) => element("li", {}, sentence)))),
    report(app, page),
    element("p", { class: "foot" }, page.checked, " · ", page.freshness),
  ];
}

function panel(app, code, ...children) {
  return element("section", { class: "panel" }, element("h2", {}, app.say(code)), ...children);
}

function card(app, page) {
  const { decision, reason } = page.verdict;
  return element(
    "section",
    { class: `card ${decision}`, "data-decision": decision, "data-reason": reason },
    shape(page.icon),
    element("h1", {}, page.headline),
    element("p", { class: "reason" }, isolated(page.reason)),
    page.compare.length > 0 &&
      element(
        "div",
        { class: "compare" },
        element("h2", {}, app.say("compare_title")),
        element("dl", {}, page.compare.map(row)),
        element("p", { class: "hint" }, app.say("compare_hint")),
      ),
  );
}

function withoutLists(app) {
  return element(
    "section",
    { class: "card undecided", "data-decision": "undecided", "data-reason": "trust_list_missing" },
    shape("undecided"),
    element("h1", {}, app.say("no_lists_verdict")),
    element("p", { class: "reason" }, app.say("no_lists_reason")),
  );
}

function row({ label, value, ltr }) {
  return element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", { dir: ltr ? "ltr" : null }, value)));
}

// Dates keep their order in Arabic text (UAX #9), and a measure its unit on the same line.
const DATE = /(\d{4}-\d{2}-\d{2})/;
const MEASURE = /(\d) (?=(?:م|كم|m|km)(?![\p{L}]))/gu;
function isolated(sentence) {
  const parts = sentence.replace(MEASURE, "$1\u00a0").split(DATE);
  return parts.map((part) => (DATE.test(part) ? element("bdi", { dir: "ltr" }, part) : part));
}

function others(app, verdicts, shown, choose) {
  const chip = (verdict) => {
    const { icon, headline, rows } = sheet(verdict, { trust: app.lists.trust, language: app.language });
    const name = rows.find(({ code }) => code === "trade_name")?.value;
    const attributes = { type: "button", class: `other ${verdict.decision}`, "aria-pressed": String(verdict === shown), onclick: () => choose(verdict) };
    return element("li", {}, element("button", attributes, shape(icon), element("span", {}, headline, name && element("bdi", {}, name))));
  };
  return element("section", { class: "several" }, element("p", {}, app.say("several_codes")), element("ul", {}, verdicts.map(chip)));
}

function where(app, page) {
  const { site, verdict } = page;
  const fix = app.scan.fix;
  const { latitude, longitude } = verdict.license.site;
  const position = `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
  const extent = site.footprint.length ? app.say("site_footprint") : app.say("site_radius", { number: site.radiusM });
  return panel(
    app,
    "section_site",
    far(app, verdict),
    position_(app, verdict),
    element(
      "div",
      { class: "beside" },
      drawing(site, fix, app.language, app.map?.ground(site.point)),
      element(
        "dl",
        {},
        row({ label: app.say("site_extent"), value: extent }),
        row({ label: app.say("site_coordinates"), value: position.replace(",", ", "), ltr: true }),
        element("div", {}, element("dt", { class: "unseen" }, app.say("label_site")), element("dd", {}, element("a", { href: `geo:${position}?q=${position}` }, app.say("open_geo")))),
      ),
    ),
  );
}

/** How far it is, and which way: the largest words of the panel. A way that the measurement cannot tell is not shown. */
function far(app, { findings, license }) {
  const { detail, code } = findings.at(-1);
  if (detail.distance_dm === undefined) return null;
  const known = detail.distance_dm > detail.uncertainty_dm;
  const arrow = element("span", { class: `needle wind-${Math.round(detail.bearing / 45) % 8}`, "aria-hidden": true }, sign(known ? "north" : "place"));
  const words = element("p", {}, element("span", { class: "unseen" }, `${app.say("distance_title")}: `), element("b", {}, way(app, detail, license, known)));
  return element("div", { class: known ? "far" : "far near", "data-place": code }, arrow, words);
}

function way(app, detail, license, known) {
  const said = { distance: distance(detail.distance_dm, app.language), direction: direction(detail.bearing, app.language) };
  if (license.site.footprint_m) return app.say(detail.distance_dm === 0 ? "distance_inside" : known ? "distance_edge_way" : "distance_edge", said);
  return app.say(known ? "distance_way" : "distance_near", said);
}

const NO_PLACE = { refused: "place_refused_app", absent: "place_absent", unavailable: "place_unavailable_app" };

function position_(app, { findings }) {
  const { state, fix } = app.whereabouts;
  const { code } = findings.at(-1);
  const lines = [];
  if (NO_PLACE[state] && !app.scan.fix) lines.push(element("p", { class: "caution", id: "no-place", "data-state": state }, app.say(NO_PLACE[state])));
  else if (state === "waiting" && !fix) lines.push(element("p", { class: "progress" }, app.say("place_waiting")));
  else if (app.scan.live && fix) lines.push(element("p", { class: "progress" }, app.say(state === "settling" ? "place_better" : "place_now", { number: Math.round(fix.accuracy) })));
  if (["site_too_close", "fix_inaccurate", "fix_old"].includes(code)) lines.push(element("p", { class: "advice" }, app.say("place_closer")));
  if (!app.scan.live || NO_PLACE[state] || state === "off") lines.push(element("button", { type: "button", id: "compare-again", onclick: () => app.compareAgain() }, sign("place"), app.say(app.scan.fix ? "place_again" : "place_find")));
  return element("div", { class: "position" }, lines);
}

function license(app, page) {
  return panel(app, "section_license", page.caution && element("p", { class: "caution" }, app.say(page.caution)), element("dl", {}, page.rows.map(row)));
}

function why(app, page) {
  const line = ({ name, outcome, word, sentence }) =>
    element("li", { class: outcome }, shape(outcome, "mark"), element("div", {}, element("b", {}, name), " ", element("span", { class: "word" }, word), element("p", {}, isolated(sentence))));
  return element("section", { class: "panel why" }, element("h2", {}, app.say("section_why")), element("ol", {}, page.lines.map(line)));
}

function report(app, page) {
  const { reference } = page.verdict;
  const told = element("span", { role: "status" });
  const copy = async () => {
    await navigator.clipboard.writeText(reference);
    told.textContent = app.say("copied");
  };
  return panel(
    app,
    "section_report",
    element("p", {}, app.say("report_hint")),
    element("p", { class: "reference" }, element("bdi", { dir: "ltr" }, reference)),
    navigator.clipboard && element("p", { class: "after" }, element("button", { type: "button", onclick: copy }, app.say("copy")), " ", told),
  );
}
