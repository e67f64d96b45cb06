// A verdict, for one hand and sunlight: colour, shape and word first, then what to compare, where, why, and what it does not prove.
import { element, patched, shape, sign } from "../dom.js";
import { receiptSheet } from "../receipts.js";
import { sheet } from "../sheet.js";
import { panel, row } from "./parts.js";
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
  const node = element("section", {}, place, element("div", { class: "bottom" }, next));
  const state = { node, title: app.say("app_title"), chosen: null, refresh, leave() {} };
  let announced = "";

  function refresh() {
    const { receipt, verdicts } = app.scan;
    if (receipt) return showReceipt(receiptSheet(receipt, { trust: app.lists.trust, checked: app.seconds(), language: app.language }));
    const shown = verdicts.includes(state.chosen) ? state.chosen : verdicts[0];
    const page = shown ? sheet(shown, { trust: app.lists.trust, language: app.language }) : null;
    patched(place, page ? sections(app, page, verdicts, shown, choose) : [withoutLists(app)]);
    announce(page?.headline ?? app.say("no_lists_verdict"), page?.reason ?? app.say("no_lists_reason"));
  }

  function showReceipt(page) {
    patched(place, receiptSections(app, page));
    announce(page.headline, page.reason);
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
    report(app, page),
    element("p", { class: "foot" }, page.checked, " · ", page.freshness),
  ];
}

function card(app, page) {
  const { decision, reason } = page.verdict;
  return element(
    "section",
    { class: `card ${decision}`, "data-decision": decision, "data-reason": reason },
    shape(page.icon),
    element("h1", {}, page.headline),
    element("p", { class: "reason" }, isolated(page.reason)),
    page.todo && element("p", { class: "todo" }, element("b", {}, `${app.say("section_todo")}:`), " ", page.todo),
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

function receiptSections(app, page) {
  return [
    element(
      "section",
      { class: `card ${page.look}`, "data-receipt": page.state, "data-reason": page.code },
      shape(page.look),
      element("h1", {}, page.headline),
      element("p", { class: "reason" }, page.reason),
    ),
    page.rows.length > 0 && panel(app, "receipt_section", element("dl", {}, page.rows.map(row))),
    element("p", { class: "foot" }, page.checked),
  ];
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
    element("p", {}, app.say("report_hint")),
    element("p", { class: "reference" }, element("bdi", { dir: "ltr" }, reference)),
    navigator.clipboard &&
      element("p", { class: "after" }, element("button", { type: "button", onclick: copy }, app.say("copy")), " ", told),
  );
}
