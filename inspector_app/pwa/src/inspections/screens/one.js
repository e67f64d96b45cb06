// One inspection, read again as it was signed: from its message, not from what the app remembers of it.
import { element, shape } from "../../dom.js";
import { row } from "../../screens/parts.js";
import { hex, inspection as inspections } from "../core.js";
import { at, bottom, button, stateOf, wordsOf } from "./parts.js";

/** The screen of `app.inspector.shown`. */
export function oneScreen(app) {
  const { say, inspector } = app;
  const place = element("div", {});
  const addresses = [];

  async function load() {
    const kept = inspector.shown && (await inspector.store.get("inspections", inspector.shown));
    if (!kept) return place.replaceChildren(element("p", {}, say("inspection_gone")));
    const device = await inspector.store.get("device", kept.device);
    const held = await inspections.openInspection(kept.message, () => device.keys.publicKey);
    place.replaceChildren(...(await sections(app, kept, held, addresses)));
  }

  const node = element("section", { class: "one" }, element("h1", {}, say("inspection_title")), place, bottom(button(app, "back", () => app.go("inspections"))));
  inspector.addEventListener("change", load);
  load();
  const leave = () => {
    inspector.removeEventListener("change", load);
    for (const address of addresses) URL.revokeObjectURL(address);
  };
  return { node, title: say("inspection_title"), refresh() {}, leave };
}

async function sections(app, kept, held, addresses) {
  const { say } = app;
  const refused = kept.state === "attention" && !kept.held;
  return [
    element(
      "section",
      { class: "panel", "data-state": kept.state },
      stateOf(app, kept),
      element("p", {}, say(`inspection_explained_${kept.state}`)),
      kept.reasons.map((code) => element("p", { class: "caution", "data-code": code }, wordsOf(app, code, kept.words))),
      refused && button(app, "send_again", () => app.inspector.sendAgain(kept.id), { id: "send-again" }),
    ),
    element("section", { class: "panel" }, element("dl", {}, facts(app, held).map(row))),
    held.findings.length > 0 && findings(app, kept, held),
    await pictures(app, kept, addresses),
  ].filter(Boolean);
}

function facts(app, held) {
  const { say, lists, language } = app;
  const fact = (code, value, ltr = false) => value && { label: say(code), value, ltr };
  const type = lists.trust?.types.get(held.seenType)?.[language] ?? held.seenType;
  const { location: fix } = held;
  return [
    fact("fact_number", String(held.sequence), true),
    fact("fact_result", say(`result_${held.result}`)),
    fact("fact_kind", say(`kind_${held.kind}`)),
    fact("record_type", type),
    fact("record_name", held.seenName),
    held.verdict && fact("fact_verdict", `${say(`log_decision_${held.verdict.decision}`)} · ${say(`log_place_${held.verdict.place}`)}`),
    fact("fact_officer", held.officer, true),
    fact("fact_scanned", at(app, held.scannedAt * 1000)),
    fact("fact_signed", at(app, held.signedAt * 1000)),
    fact("fact_position", fix ? `${fix.latitude.toFixed(5)}, ${fix.longitude.toFixed(5)} ±${Math.round(fix.accuracy)} m` : say("record_fix_none"), Boolean(fix)),
    ...Object.entries(held.measured).map(([code, value]) => fact(code, say("metres_value", { number: value / 100 }))),
    fact("record_note", held.note),
    fact("fact_id", hex(held.id), true),
  ].filter(Boolean);
}

function findings(app, kept, held) {
  const list = app.inspector.checklists.find(({ id, version }) => id === held.checklist?.[0] && version === held.checklist[1]);
  const name = (item) => list?.items.find(({ id }) => id === item)?.name[app.language] ?? item;
  const look = { ok: "passed", bad: "failed", not_applicable: "skipped" };
  const one = ({ item, answer, severity, note }) =>
    element(
      "li",
      { class: look[answer] },
      shape(look[answer], "mark"),
      element("div", {}, element("b", {}, name(item)), " ", element("span", { class: "word" }, app.say(severity ? `severity_${severity}` : `answer_${answer}`)), note && element("p", {}, note)),
    );
  return element("section", { class: "panel why" }, element("h2", {}, app.say("record_checklist")), element("ol", {}, held.findings.map(one)));
}

async function pictures(app, kept, addresses) {
  if (!kept.photographs.length) return null;
  const one = async (sha256, i) => {
    const octets = await app.store.get("photographs", sha256);
    if (!octets) return element("li", {}, app.say("photo_left"));
    const address = URL.createObjectURL(new Blob([octets], { type: "image/jpeg" }));
    addresses.push(address);
    return element("li", {}, element("img", { src: address, alt: app.say("photo_number", { number: i + 1 }), width: 120, height: 120 }));
  };
  return element("section", { class: "panel" }, element("h2", {}, app.say("record_photographs")), element("ul", { class: "strip" }, await Promise.all(kept.photographs.map(one))));
}
