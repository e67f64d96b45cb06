// The inspections of this phone with their states, who is signed in, and what the server says of the phone.
import { element, patched } from "../../dom.js";
import { exported } from "../exporting.js";
import { beginUnlicensed } from "./acts.js";
import { at, bottom, button, owner, problem, stateOf, told, wordsOf } from "./parts.js";

const PAGE = 30;

/** The screen. */
export function listScreen(app) {
  const { say, inspector } = app;
  const [place, alert] = [element("div", {}), element("div", {})];
  let [shown, all, draft] = [PAGE, [], null];

  async function load() {
    [all, draft] = [await inspector.inspections(), await inspector.draft()];
    draw();
  }

  const tried = (work) => async () => {
    alert.replaceChildren();
    await work().catch((error) => alert.replaceChildren(told(app, error)));
  };

  const open = (id) => {
    inspector.shown = id;
    app.go("inspection");
  };

  function draw() {
    patched(place, [
      ...concerns(app),
      person(app, tried),
      outbox(app, tried),
      draft && unfinished(app, draft),
      inspector.session && element("div", { class: "acts" }, button(app, "record_without", tried(() => beginUnlicensed(app)), { id: "record-without" })),
      element("h2", {}, say("inspections_kept", { number: all.length })),
      element("ol", { class: "log inspections" }, all.slice(0, shown).map((kept) => line(app, kept, open))),
      all.length > shown && button(app, "log_more", () => ((shown += PAGE), draw()), { id: "log-more" }),
    ]);
  }

  const node = element("section", {}, element("h1", {}, say("inspections_title")), alert, place, bottom(button(app, "back", () => app.go("scan"), { class: "primary" })));
  inspector.addEventListener("change", load);
  load();
  return { node, title: say("inspections_title"), refresh() {}, leave: () => inspector.removeEventListener("change", load) };
}

/** What a person must know of this phone and its chain. */
function concerns(app) {
  const { device, lost } = app.inspector;
  if (lost) return [problem(app, "storage_lost"), element("p", { class: "hint" }, app.say("storage_lost_more", { name: lost.name, number: lost.sequence })), again(app)];
  if (!device) return [problem(app, "device_gone"), again(app)];
  const told = [
    device.refused && problem(app, "device_refused", device.refusedWords),
    device.state !== "active" && problem(app, `device_${device.state}`),
    device.verdict !== "agrees" && problem(app, `chain_${device.verdict}`),
  ].filter(Boolean);
  const enrol = device.refused || device.state !== "active" || ["behind", "forked", "head_invalid"].includes(device.verdict);
  return [...told, enrol && again(app)];
}

const again = (app) => element("div", { class: "acts" }, button(app, "enrol_again", () => app.go("enrol"), { id: "enrol-again" }));

function person(app, tried) {
  const { device, session } = app.inspector;
  if (!device) return null;
  return element(
    "section",
    { class: "panel", id: "person" },
    element("p", {}, owner(app, device)),
    session && element("p", {}, app.say("signed_in_as", { name: session.display, moment: at(app, session.until * 1000) })),
    session
      ? button(app, "sign_out", tried(() => app.inspector.signOut()), { id: "sign-out" })
      : button(app, "signin_now", () => app.go("signin"), { id: "go-sign-in" }),
  );
}

function outbox(app, tried) {
  const { inspector, say } = app;
  if (!inspector.device && !inspector.unsent) return null;
  const reached = inspector.sending ? say("sending") : inspector.reached === false ? say("unreachable") : "";
  return element(
    "section",
    { class: "panel", id: "outbox" },
    element("p", { id: "unsent" }, element("b", {}, inspector.unsent ? say("unsent_count", { number: inspector.unsent }) : say("unsent_none"))),
    element("p", { class: "progress", role: "status" }, reached),
    element(
      "div",
      { class: "acts" },
      button(app, "send_now", tried(() => inspector.send()), { id: "send-now", disabled: inspector.sending }),
      inspector.unsent > 0 && button(app, "export", tried(() => take(app)), { id: "export" }),
    ),
    inspector.unsent > 0 && element("small", {}, say("export_hint")),
  );
}

/** Hand the unsent ones out as a file. */
async function take(app) {
  const made = await exported(app.store, app.now());
  if (!made) return;
  const address = URL.createObjectURL(made.blob);
  element("a", { href: address, download: made.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function unfinished(app, draft) {
  return element(
    "section",
    { class: "panel", id: "draft" },
    element("p", {}, app.say("draft_waits"), " ", draft.seen.name && element("bdi", {}, draft.seen.name)),
    button(app, "draft_continue", () => app.go("record"), { id: "draft-continue" }),
  );
}

function line(app, kept, open) {
  const { about } = kept;
  return element(
    "li",
    {},
    element(
      "button",
      { type: "button", class: `entry ${about.result}`, "data-id": kept.id, onclick: () => open(kept.id) },
      element(
        "span",
        {},
        element("b", {}, app.say(about.kind === "unlicensed" ? "kind_unlicensed" : `result_${about.result}`)),
        about.name && element("bdi", { class: "name" }, about.name),
        element("small", {}, `${at(app, kept.savedAt)} · ${about.officer}`),
      ),
      stateOf(app, kept),
      kept.state === "attention" && element("small", { class: "reasons" }, kept.reasons.map((code) => wordsOf(app, code, kept.words)).join(" ")),
    ),
  );
}
