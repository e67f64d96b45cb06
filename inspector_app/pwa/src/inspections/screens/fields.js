// The fields of an inspection while it is written. Each writes into the draft and has it kept: `keep` now, `soon` when the typing rests.
import { element } from "../../dom.js";
import { checklistFor } from "../checklists.js";
import { centimetres, licensed } from "../measures.js";
import { withChecklist } from "./acts.js";
import { choices } from "./parts.js";

const SEVERITIES = ["minor", "serious", "critical"];
const ANSWERS = ["ok", "bad", "not_applicable"];
const [NAME_MOST, NOTE_MOST, ITEM_NOTE_MOST] = [80, 2000, 500];

function labelled(app, id, code, control) {
  return element("div", { class: "field" }, element("label", { for: id }, app.say(code)), control);
}

/** What stands there: its kind, and the name on its sign. */
export function seen(app, draft, { keep, soon, retyped }) {
  const types = [...(app.lists.trust?.types ?? new Map())];
  const option = (value, words) => element("option", { value, selected: value === draft.seen.type }, words);
  const choose = () => {
    draft.seen.type = type.value;
    draft.answers = {};
    Object.assign(draft, withChecklist(app, draft));
    retyped();
    keep();
  };
  const options = [option("", app.say("record_type_choose")), ...types.map(([code, names]) => option(code, names[app.language]))];
  const type = element("select", { id: "seen-type", onchange: choose }, options);
  const write = () => {
    draft.seen.name = name.value;
    soon();
  };
  const name = element("input", { id: "seen-name", value: draft.seen.name, maxlength: NAME_MOST, autocomplete: "off", dir: "auto", oninput: write });
  return element("section", { class: "panel" }, element("h2", {}, app.say("record_seen")), labelled(app, "seen-type", "record_type", type), labelled(app, "seen-name", "record_name", name));
}

/** The checklist of what was seen, each item as a choice of three. */
export function checklist(app, draft, { keep, soon, judged }) {
  const list = checklistFor(app.inspector.checklists, draft.seen.type);
  if (!list) return draft.seen.type ? [element("p", { class: "hint" }, app.say("record_no_checklist"))] : [];
  draft.checklist = [list.id, list.version];
  return [element("h2", {}, app.say("record_checklist")), ...list.items.map((item) => line(app, draft, item, { keep, soon, judged }))];
}

function line(app, draft, { id, name }, { keep, soon, judged }) {
  const held = () => draft.answers[id] ?? {};
  const more = element("div", {});
  const answer = (value) => {
    draft.answers[id] = { ...held(), answer: value };
    draw();
    judged();
  };
  const set = (changes, then) => {
    draft.answers[id] = { ...held(), ...changes };
    then();
  };
  function draw() {
    if (held().answer !== "bad") return more.replaceChildren();
    const note = element("textarea", { id: `note-${id}`, rows: 2, maxlength: ITEM_NOTE_MOST, dir: "auto", oninput: () => set({ note: oneLine(note.value) }, soon) });
    note.value = held().note ?? "";
    const grave = SEVERITIES.map((code) => [code, app.say(`severity_${code}`)]);
    more.replaceChildren(
      choices(`severity-${id}`, app.say("record_severity"), grave, held().severity, (value) => set({ severity: value }, keep)),
      labelled(app, `note-${id}`, "record_item_note", note),
    );
  }
  draw();
  const all = ANSWERS.map((code) => [code, app.say(`answer_${code}`)]);
  return element("div", { class: "panel item", "data-item": id }, choices(`item-${id}`, name[app.language], all, held().answer, answer), more);
}

const oneLine = (text) => text.replace(/\s+/g, " ").trim();

/** Measured lengths beside the licensed ones. */
export function sizes(app, draft, soon) {
  const all = licensed(draft.details);
  if (!all.length) return null;
  const one = ([code, wanted]) => {
    const write = () => {
      if (input.value.trim() === "") delete draft.measured[code];
      else draft.measured[code] = centimetres(input.value);
      input.toggleAttribute("aria-invalid", draft.measured[code] === null);
      soon();
    };
    const before = draft.measured[code];
    const input = element("input", { id: `size-${code}`, inputmode: "decimal", dir: "ltr", value: before ? before / 100 : "", "aria-describedby": `size-${code}-licensed`, oninput: write });
    const beside = element("small", { id: `size-${code}-licensed` }, app.say("size_licensed"), " ", app.say("metres_value", { number: wanted / 100 }));
    return element("div", { class: "field" }, element("label", { for: `size-${code}` }, app.say(code)), input, beside);
  };
  return element("section", { class: "panel" }, element("h2", {}, app.say("record_sizes")), all.map(one));
}

/** Free notes. */
export function notes(app, draft, soon) {
  const write = () => {
    draft.note = area.value;
    soon();
  };
  const area = element("textarea", { id: "record-note", rows: 3, maxlength: NOTE_MOST, dir: "auto", oninput: write });
  area.value = draft.note;
  return element("section", { class: "panel" }, labelled(app, "record-note", "record_note", area));
}
