// An inspection while it is written: what was seen, the checklist, sizes, notes, photographs, and what comes of it. Every touch is kept, so
// a page that the phone closes under the camera goes on where it was.
import { element, shape } from "../../dom.js";
import { checklistFor } from "../checklists.js";
import { centimetres, licensed } from "../measures.js";
import { MOST, photograph } from "../photographs.js";
import { measured } from "../sighted.js";
import { Refusal } from "../refusal.js";
import { withChecklist } from "./acts.js";
import { bottom, button, choices, problem, told } from "./parts.js";

const RESULTS = ["in_order", "violation", "cannot_tell"];
const SEVERITIES = ["minor", "serious", "critical"];
const ANSWERS = ["ok", "bad", "not_applicable"];
const [NAME_MOST, NOTE_MOST, ITEM_NOTE_MOST] = [80, 2000, 500];

/** The screen. It opens with the officer's draft; without one there is nothing to write. */
export function recordScreen(app, kept) {
  const place = element("div", {});
  const node = element("section", { class: "record" }, element("h1", {}, app.say("record_title")), place);
  const state = { node, title: app.say("record_title"), refresh() {}, keep: () => state.form?.fault() ?? null, leave: () => state.form?.leave() };

  async function load() {
    const draft = await app.inspector.draft();
    if (app.inspector.offered) return place.replaceChildren(unfinished(app, draft, load));
    if (!draft) return place.replaceChildren(element("p", {}, app.say("record_nothing")), bottom(button(app, "back", () => app.go("scan"))));
    state.form = form(app, draft, kept);
    state.refresh = state.form.refresh;
    place.replaceChildren(...state.form.nodes);
    app.shownLate();
  }

  load();
  return state;
}

/** Another draft waits: which of the two? */
function unfinished(app, draft, load) {
  const { inspector, say } = app;
  const goOn = () => {
    inspector.offered = null;
    load();
  };
  const instead = async () => {
    const about = inspector.offered;
    inspector.offered = null;
    await inspector.discard(draft);
    await inspector.keep(await inspector.begin(about));
    load();
  };
  return element(
    "div",
    { class: "panel" },
    element("p", {}, say("draft_waits"), " ", draft.seen.name && element("bdi", {}, draft.seen.name)),
    element("div", { class: "acts" }, button(app, "draft_continue", goOn, { id: "draft-continue" }), button(app, "draft_replace", instead, { id: "draft-replace" })),
  );
}

function form(app, draft, keptFault) {
  const { inspector, say } = app;
  const alert = element("div", { id: "record-told" });
  const whereabouts = element("p", { class: "progress", id: "record-position" });
  const addresses = [];
  let [fault, timer] = [null, null];

  const keep = (picture) => inspector.keep(draft, picture).catch((error) => refuse(error instanceof DOMException ? new Refusal("no_room") : error));
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 400);
  };
  const flush = () => {
    clearTimeout(timer);
    if (!saved) keep();
  };
  let saved = false;

  function refuse(error) {
    fault = error;
    alert.replaceChildren(told(app, error));
    alert.firstElementChild.scrollIntoView({ block: "nearest" });
  }

  // ——— where

  function refresh() {
    if (draft.fix) whereabouts.textContent = say("record_fix_frozen", { number: Math.round(draft.fix.accuracy) });
    else if (app.whereabouts.recent) whereabouts.textContent = say("record_fix", { number: Math.round(app.whereabouts.recent.accuracy) });
    else whereabouts.textContent = say(["refused", "absent", "unavailable"].includes(app.whereabouts.state) ? "record_fix_none" : "place_waiting");
  }

  // ——— saving

  async function save(event) {
    event.currentTarget.disabled = true;
    try {
      complete(draft);
      const now = app.whereabouts.recent;
      const fix = draft.fix ?? (now ? measured(now) : null);
      inspector.last = await inspector.save({ ...draft, fix, noFix: fix ? null : reason(app.whereabouts.state) });
      saved = true;
      app.go("recorded", { replace: true });
    } catch (error) {
      refuse(error);
      submit.disabled = false;
    }
  }

  const submit = element("button", { type: "button", class: "primary", id: "save", onclick: save }, say("record_save"));
  let sure = false;
  const discard = button(app, "draft_discard", async () => {
    if (!sure) {
      sure = true;
      discard.textContent = say("draft_discard_sure");
      return;
    }
    saved = true;
    await inspector.discard(draft);
    app.go("scan", { replace: true });
  }, { id: "discard" });

  const result = element("div", {});
  const drawResult = () => {
    const fitting = draft.kind === "unlicensed" ? RESULTS.slice(1) : RESULTS;
    const all = fitting.map((code) => [code, say(`result_${code}`)]);
    result.replaceChildren(choices("result", say("record_result"), all, draft.result, (value) => ((draft.result = value), keep())));
  };
  const listed = element("div", {});
  const drawList = () => listed.replaceChildren(...checklist(app, draft, { keep, soon, judged }));
  function judged() {
    if (Object.values(draft.answers).some(({ answer }) => answer === "bad")) draft.result = "violation";
    else if (draft.result === "violation" && draft.kind === "license") draft.result = null;
    drawResult();
    keep();
  }

  const nodes = [
    summary(app, draft),
    whereabouts,
    seen(app, draft, { keep, soon, retyped: drawList }),
    listed,
    sizes(app, draft, soon),
    pictures(app, draft, { keep, refuse, addresses }),
    notes(app, draft, soon),
    result,
    alert,
    discard,
    bottom(submit),
  ].filter(Boolean);
  drawList();
  drawResult();
  if (!draft.fix) app.whereabouts.start();
  refresh();
  if (keptFault) refuse(keptFault);
  addEventListener("pagehide", flush);
  document.addEventListener("visibilitychange", flush);
  return {
    nodes,
    refresh,
    fault: () => fault,
    leave() {
      flush();
      removeEventListener("pagehide", flush);
      document.removeEventListener("visibilitychange", flush);
      app.whereabouts.stop();
      for (const address of addresses) URL.revokeObjectURL(address);
    },
  };
}

/** Refuse what is not finished. Throws Refusal. */
function complete(draft) {
  if (draft.kind === "unlicensed" && !draft.seen.type) throw new Refusal("type_missing");
  if (Object.values(draft.answers).some(({ answer, severity }) => answer === "bad" && !severity)) throw new Refusal("severity_missing");
  if (Object.values(draft.measured).some((value) => value === null)) throw new Refusal("size_shape");
  if (!draft.result) throw new Refusal("result_missing");
}

const reason = (state) => (["refused", "absent", "unavailable"].includes(state) ? state : "waiting");

function summary(app, draft) {
  if (draft.kind === "unlicensed") return element("p", { class: "lead" }, app.say("record_unlicensed"));
  const look = draft.verdict.decision;
  return element("p", { class: `verdict-line ${look}` }, shape(look), element("span", {}, app.say(`log_decision_${look}`), " · ", app.say(`log_place_${draft.verdict.place}`)));
}

function labelled(app, id, code, control) {
  return element("div", { class: "field" }, element("label", { for: id }, app.say(code)), control);
}

/** What stands there: its kind, and the name on its sign. */
function seen(app, draft, { keep, soon, retyped }) {
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

function checklist(app, draft, { keep, soon, judged }) {
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
function sizes(app, draft, soon) {
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

function pictures(app, draft, { keep, refuse, addresses }) {
  const { inspector, say } = app;
  const strip = element("ul", { class: "strip" });
  const busy = element("p", { class: "progress", role: "status" });
  const input = element("input", { type: "file", id: "picture", accept: "image/*", capture: "environment", class: "unseen", onchange: () => take(input.files[0]) });

  async function take(file) {
    input.value = "";
    if (!file) return;
    busy.textContent = say("photo_working");
    try {
      if (draft.photographs.length >= MOST) throw new Refusal("photographs_most");
      const made = await photograph(file);
      if (!draft.photographs.some(({ sha256 }) => sha256 === made.sha256)) draft.photographs.push({ sha256: made.sha256 });
      await keep(made);
      await draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error);
    }
    busy.textContent = "";
  }

  const without = async (sha256) => {
    draft.photographs = draft.photographs.filter((one) => one.sha256 !== sha256);
    await keep();
    await draw();
  };

  async function draw() {
    const shown = draft.photographs.map(async ({ sha256 }, i) => {
      const address = URL.createObjectURL(new Blob([await inspector.picture(sha256)], { type: "image/jpeg" }));
      addresses.push(address);
      const remove = element("button", { type: "button", class: "remove", onclick: () => without(sha256) }, say("photo_remove"));
      return element("li", {}, element("img", { src: address, alt: say("photo_number", { number: i + 1 }), width: 120, height: 120 }), remove);
    });
    strip.replaceChildren(...(await Promise.all(shown)));
  }

  draw();
  return element(
    "section",
    { class: "panel" },
    element("h2", {}, say("record_photographs")),
    strip,
    input,
    element("label", { for: "picture", class: "button take" }, say("photo_take")),
    busy,
    element("small", {}, say("photo_hint")),
  );
}

function notes(app, draft, soon) {
  const write = () => {
    draft.note = area.value;
    soon();
  };
  const area = element("textarea", { id: "record-note", rows: 3, maxlength: NOTE_MOST, dir: "auto", oninput: write });
  area.value = draft.note;
  return element("section", { class: "panel" }, labelled(app, "record-note", "record_note", area));
}
