// An inspection while it is written: what was seen, the checklist, sizes, notes, photographs, and what comes of it. Every touch is kept, so
// a page that the phone closes under the camera goes on where it was.
import { element, shape } from "../../dom.js";
import { measured } from "../sighted.js";
import { Refusal } from "../refusal.js";
import { checklist, notes, seen, sizes } from "./fields.js";
import { bottom, button, choices, told } from "./parts.js";
import { pictures } from "./pictures.js";

const RESULTS = ["in_order", "violation", "cannot_tell"];

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
