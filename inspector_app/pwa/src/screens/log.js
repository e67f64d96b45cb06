// The log of this phone: what was found, when, where and how it is reported. It is searched, taken away as a table, and deleted here.
import { cairoTime, csv, reasonOf } from "../csv.js";
import { distance } from "../core.js";
import { element, shape } from "../dom.js";
import { found } from "../log.js";
import { moment } from "../words.js";

const PAGE = 30; // entries at a time

/** The screen; `kept` is what was looked for in the other language. */
export function logScreen(app, kept) {
  const say = app.say;
  const list = element("ol", { class: "log" });
  const told = element("p", { class: "progress", id: "log-told", role: "status" });
  const more = element("button", { type: "button", id: "log-more", onclick: () => show((shown += PAGE)) }, say("log_more"));
  const typing = { autocomplete: "off", spellcheck: "false", oninput: () => show((shown = PAGE)) };
  const search = element("input", { type: "search", id: "log-search", ...typing });
  const erase = element("button", { type: "button", id: "log-clear", onclick: () => clear() }, say("log_clear"));
  const save = element("button", { type: "button", id: "log-save", onclick: () => take(app, matching) }, say("log_save"));
  const acts = element("div", { class: "acts" }, save, erase);
  const node = element(
    "section",
    {},
    element("h1", {}, say("log_title")),
    element("p", { class: "hint" }, say("log_lead")),
    element("div", { class: "field" }, element("label", { for: "log-search" }, say("log_search")), search),
    told,
    list,
    more,
    acts,
    element(
      "div",
      { class: "bottom" },
      element("button", { type: "button", class: "primary", onclick: () => app.go("scan") }, say("back")),
    ),
  );
  let [entries, matching, shown, sure] = [[], [], kept?.shown ?? PAGE, false];

  async function load() {
    entries = await app.log.entries();
    show();
  }

  function show() {
    matching = found(entries, search.value);
    list.replaceChildren(...matching.slice(0, shown).map((entry) => line(app, entry, remove)));
    more.hidden = matching.length <= shown;
    acts.hidden = entries.length === 0;
    told.textContent = entries.length ? say("log_count", { number: matching.length }) : say("log_none");
  }

  async function remove(entry) {
    await app.log.remove(entry.id);
    await load();
  }

  async function clear() {
    if (!sure) {
      sure = true;
      erase.textContent = say("log_clear_sure");
      return;
    }
    await app.log.clear();
    [sure, erase.textContent] = [false, say("log_clear")];
    await load();
  }

  if (kept) search.value = kept.search;
  app.log.addEventListener("change", load); // the last verdict may still be on its way
  load();
  const leave = () => app.log.removeEventListener("change", load);
  return { node, title: say("log_title"), refresh() {}, keep: () => ({ search: search.value, shown }), leave };
}

const SLIPS = ["receipt", "notice"];

function line(app, entry, remove) {
  const { say, language } = app;
  const result = entry.changed ?? entry;
  return element(
    "li",
    {},
    element(
      "details",
      { class: result.decision, "data-kind": entry.kind, "data-decision": result.decision, "data-reason": result.reason },
      element(
        "summary",
        {},
        shape(SLIPS.includes(entry.kind) ? entry.kind : result.decision),
        element(
          "span",
          {},
          element("b", {}, headlineOf(app, entry, result)),
          (entry.name || entry.number) && element("bdi", { class: "name" }, entry.name ?? entry.number),
          element("small", {}, moment(Math.floor(entry.at / 1000), language), far(app, entry)),
        ),
      ),
      element("p", {}, reasonOf(entry, language)),
      entry.changed && element("p", { class: "caution" }, changed(app, entry)),
      entry.earlier && element("p", {}, say("log_again")),
      entry.recalled && element("p", {}, say("log_recalled")),
      ["unproven", "foreign"].includes(entry.kind) && element("p", { class: "caution" }, say("log_nothing_proven")),
      element("dl", {}, fact(say("label_number"), entry.number), fact(say("label_reference"), entry.reference)),
      element(
        "div",
        { class: "acts" },
        entry.text && element("button", { type: "button", class: "check", onclick: () => app.recalled(entry.text) }, say("log_check")),
        element("button", { type: "button", class: "remove", onclick: () => remove(entry) }, say("log_remove")),
      ),
    ),
  );
}

function headlineOf({ say }, entry, result) {
  if ([...SLIPS, "foreign"].includes(entry.kind)) return say(`log_kind_${entry.kind}`);
  return say(entry.place === "elsewhere" && result.seal === "genuine" ? "log_elsewhere" : `log_decision_${result.decision}`);
}

function changed({ say, language }, { changed: now }) {
  return say("log_changed", { moment: moment(Math.floor(now.at / 1000), language), reason: reasonOf(now, language) });
}

/** What the place was found to be, with the distance where there is one. */
function far({ say, language }, { kind, place, distance_dm }) {
  if (kind !== "license") return null;
  const metres = distance_dm === null ? null : element("bdi", {}, distance(distance_dm, language));
  return [" · ", say(`log_place_${place}`), metres && [" (", metres, ")"]];
}

function fact(label, value) {
  return value && element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", { dir: "ltr" }, value)));
}

/** Give the person a file. */
function take(app, entries) {
  const url = URL.createObjectURL(new Blob([csv(entries, app.language)], { type: "text/csv;charset=utf-8" }));
  element("a", { href: url, download: `khatm-log-${cairoTime(app.now()).slice(0, 10)}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // a phone may ask first where to put it
}
