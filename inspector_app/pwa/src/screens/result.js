// A verdict, for one hand and sunlight: colour, shape and word first, then what to compare, where, why, and what it does not prove.
import { headline } from "../core.js";
import { element, patched, shape, sign } from "../dom.js";
import { sheet } from "../sheet.js";
import { slipSheet } from "../slips.js";
import { moment } from "../words.js";
import { age, panel, row } from "./parts.js";
import { where } from "./place.js";

/** The screen of what was scanned last. `refresh` puts new findings in place without moving what a person reads. */
export function resultScreen(app) {
  const place = element("div", { class: "result" });
  const next = element(
    "button",
    { type: "button", class: "primary", id: "next", onclick: () => app.go("scan") },
    sign("scan"),
    app.say("scan_next"),
  );
  const officer = element("div", {});
  const node = element("section", {}, place, element("div", { class: "bottom" }, officer, next));
  const state = { node, title: app.say("app_title"), refresh, leave() {} };
  const checked = app.seconds();
  let [announced, judged] = ["", app.scan];

  function refresh() {
    const { slip, verdicts, chosen } = app.scan;
    if (judged !== app.scan) scrollTo(0, 0); // another verdict is read from its headline
    judged = app.scan;
    if (slip) patched(officer, []);
    if (slip) return showSlip(slipSheet(slip, { trust: app.lists.trust, checked, language: app.language, portal: app.portal }));
    const shown = verdicts.find((verdict) => app.scan.textOf(verdict) === chosen) ?? verdicts[0];
    patched(officer, [shown && app.officer?.acts(app, shown)]);
    const page = shown ? sheet(shown, { trust: app.lists.trust, language: app.language }) : null;
    patched(place, page ? sections(app, page, verdicts, shown, choose) : [withoutLists(app)]);
    announce(page?.headline ?? app.say("no_lists_verdict"), page?.reason ?? app.say("no_lists_reason"));
  }

  function showSlip(page) {
    patched(place, slipSections(app, page));
    announce(page.headline, page.reason);
  }

  function choose(verdict) {
    app.scan.chosen = app.scan.textOf(verdict);
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
  const urgent = page.verdict.decision === "invalid"; // then to report it is what is left to do
  return [
    verdicts.length > 1 && others(app, verdicts, shown, choose),
    card(app, page, shown),
    urgent && report(app, page),
    page.site && page.verdict.seal !== "not_valid" && where(app, page),
    page.rows.length > 0 && license(app, page),
    page.site && page.verdict.seal === "not_valid" && where(app, page),
    page.lines.length > 0 && why(app, page),
    page.notProven.length > 0 &&
      panel(
        app,
        "section_not",
        element(
          "ul",
          {},
          page.notProven.map((sentence) => element("li", {}, sentence)),
        ),
      ),
    !urgent && report(app, page),
    element("p", { class: "foot" }, page.checked, " · ", page.freshness),
  ];
}

function card(app, page, shown) {
  const { decision, reason, seal } = page.verdict;
  const measuring = app.scan.live && seal === "genuine";
  return element(
    "section",
    { class: `card ${decision}`, "data-decision": decision, "data-reason": reason },
    shape(page.icon),
    element("h1", {}, page.headline),
    element("p", { class: "reason" }, isolated(measuring ? app.say("place_waiting") : page.reason)),
    !measuring && page.todo && element("p", { class: "todo" }, element("b", {}, `${app.say("section_todo")}:`), " ", page.todo),
    note(app, shown),
    app.sealLog.asking(shown) && element("p", { class: "note", "data-note": "seallog_asking", role: "status" }, app.say("seallog_asking")),
    age(app),
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

/** What a reader should know of how this verdict came about: that new lists changed it, or that it is another one than before. */
function note(app, shown) {
  const { scan, language } = app;
  const told = (kind, at, before) => {
    const gaps = { moment: moment(Math.floor(at / 1000), language), before: before ? headline(before, language) : app.say("no_lists_verdict") };
    return element("p", { class: "note", "data-note": kind }, app.say(kind, gaps));
  };
  const [text, first] = [scan.textOf(shown), scan.first.find(([one]) => one === scan.textOf(shown))?.[1]];
  if (scan.changed && (!first || shown.reason.code !== first.reason.code || shown.decision !== first.decision)) {
    return told(scan.changedBy === "log" ? "seallog_changed" : "status_changed", scan.changed, first);
  }
  if (scan.earlier) return told("verdict_again", scan.given ?? scan.at, scan.earlier.pairs.find(([one]) => one === text)?.[1]);
  return null;
}

function slipSections(app, page) {
  return [
    element(
      "section",
      { class: `card ${page.look}`, [`data-${page.kind}`]: page.state, "data-reason": page.code },
      shape(page.look),
      element("h1", {}, page.headline),
      element("p", { class: "reason" }, page.reason),
    ),
    page.portal && asking(app, page),
    page.rows.length > 0 && panel(app, `${page.kind}_section`, element("dl", {}, page.rows.map(row))),
    element("p", { class: "foot" }, page.checked),
  ];
}

/** The way to what became of a notice. The text travels in the body: an address would stay in histories and logs. */
function asking({ language, say }, { portal, text }) {
  return element(
    "form",
    { action: `${portal}/notice${language === "en" ? "?lang=en" : ""}`, method: "post", target: "_blank", rel: "noopener", id: "status" },
    element("input", { type: "hidden", name: "text", value: text }),
    element("p", {}, element("button", { class: "primary" }, say("notice_status"))),
  );
}

function withoutLists(app) {
  return element(
    "section",
    { class: "card undecided", "data-decision": "undecided", "data-reason": "trust_list_missing" },
    shape("undecided"),
    element("h1", {}, app.say("no_lists_verdict")),
    element("p", { class: "reason" }, app.say("no_lists_reason")),
    age(app),
  );
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
    const attributes = {
      type: "button",
      class: `other ${verdict.decision}`,
      "aria-pressed": String(verdict === shown),
      onclick: () => choose(verdict),
    };
    return element("li", {}, element("button", attributes, shape(icon), element("span", {}, headline, name && element("bdi", {}, name))));
  };
  return element("section", { class: "several" }, element("p", {}, app.say("several_codes")), element("ul", {}, verdicts.map(chip)));
}

function license(app, page) {
  return panel(
    app,
    "section_license",
    page.caution && element("p", { class: "caution" }, app.say(page.caution)),
    element("dl", {}, page.rows.map(row)),
  );
}

function why(app, page) {
  const line = ({ name, outcome, word, sentence }) =>
    element(
      "li",
      { class: outcome },
      shape(outcome, "mark"),
      element("div", {}, element("b", {}, name), " ", element("span", { class: "word" }, word), element("p", {}, isolated(sentence))),
    );
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
    ...whom(app, reference),
    element("p", {}, app.say("report_hint")),
    element("p", { class: "reference" }, element("bdi", { dir: "ltr" }, reference)),
    navigator.clipboard &&
      element("p", { class: "after" }, element("button", { type: "button", onclick: copy }, app.say("copy")), " ", told),
  );
}

/** Somebody to report to, with the reference in the letter or the address; without a contact the district, which everybody has. */
function whom({ contact, language, say }, reference) {
  if (!contact) return [element("p", {}, say("report_unnamed"))];
  const [written, phone] = [contact.report(reference, language), `\u2066${contact.phone}\u2069`];
  return [
    element("p", {}, element("b", {}, say("report_to", { name: contact.name[language] }))),
    element(
      "p",
      { class: "links" },
      written && element("a", { class: "button", href: written, rel: "noreferrer noopener" }, say("report_write")),
      contact.call && element("a", { href: contact.call }, say("report_call", { phone })),
    ),
  ];
}
