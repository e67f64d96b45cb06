// How old the lists are, in plain words; the pinned root; settings; the app's own version.
import { element, patched } from "../dom.js";
import * as roots from "../root.js";
import { listsAge } from "../sheet.js";
import { moment } from "../words.js";

/** The screen. */
export function listsScreen(app) {
  const place = element("div", {});
  const node = element(
    "section",
    { class: "lists" },
    element("h1", {}, app.say("menu")),
    place,
    element(
      "div",
      { class: "bottom" },
      element("button", { type: "button", class: "primary", onclick: () => app.go("scan") }, app.say("back")),
    ),
  );
  const state = { node, title: app.say("menu"), told: "", refresh, leave };
  let [root, pinned, kept, version] = [null, "", false, null];

  async function look() {
    root = app.lists.root;
    if (root) pinned = await roots.code(root);
    kept = (await navigator.storage?.persisted?.()) ?? false;
    version = await app.version();
    refresh();
  }

  function refresh() {
    if (root !== app.lists.root) look(); // it was followed to the next document
    patched(place, [
      app.update && update(app),
      app.clock() && element("p", { class: "caution", id: "clock", role: "alert" }, app.clock()),
      app.lists.offered && changed(app, state, look),
      lists(app, state),
      app.lists.trust?.log && sealLog(app),
      app.lists.root && rootPanel(app, pinned),
      settings(app),
      about(app, kept, version),
    ]);
  }

  function leave() {
    navigator.serviceWorker?.removeEventListener("controllerchange", look);
  }

  navigator.serviceWorker?.addEventListener("controllerchange", look);
  look();
  return state;
}

function panel(app, code, id, ...children) {
  return element("section", { class: "panel", id }, element("h2", {}, app.say(code)), ...children);
}

function rows(pairs) {
  return element(
    "dl",
    {},
    pairs.map(([label, value]) => element("div", {}, element("dt", {}, label), element("dd", {}, value))),
  );
}

function update(app) {
  const button = element(
    "button",
    { type: "button", class: "primary", id: "update", onclick: () => app.takeUpdate() },
    app.say("update_now"),
  );
  return element("section", { class: "panel" }, element("h2", {}, app.say("update_ready")), button);
}

function lists(app, state) {
  const { lists: held, language, say } = app;
  const now = app.seconds();
  const band = held.band(now);
  const at = (seconds) => (seconds ? moment(seconds, language) : say("never"));
  const faults = Object.entries(held.faults).map(([name, code]) =>
    element("p", { class: "caution", "data-fault": code }, `${name}: ${say(code)}`),
  );
  const ask = async () => {
    state.told = say((await app.refreshLists()) ? "refresh_done" : "refresh_failed");
    state.refresh();
  };
  return panel(
    app,
    "lists_title",
    "lists",
    element(
      "p",
      { class: `band ${band}`, "data-band": band },
      element("b", {}, listsAge(held.status.newest, now, language)),
      " ",
      say(`band_${band}`),
      band === "none" && ` ${say("lists_first")}`,
    ),
    faults,
    rows([
      [say("lists_signed"), at(held.status.newest)],
      [say("lists_checked"), at(Math.floor((held.checkedAt ?? 0) / 1000))],
      ...(held.trust
        ? [
            [say("lists_sequence"), String(held.trust.sequence)],
            [say("lists_count"), String(held.status.lists.size)],
          ]
        : []),
    ]),
    element(
      "button",
      { type: "button", id: "refresh", disabled: Boolean(held.refreshing), onclick: ask },
      say(held.refreshing ? "refreshing" : "refresh"),
    ),
    element("p", { class: "progress", role: "status" }, state.told),
  );
}

/** What is held of the log of seals, and whether the host is asked about single ones. */
function sealLog(app) {
  const { sealLog: held, language, say } = app;
  const told = ({ size, time }) => say("seallog_head", { number: size, moment: moment(time, language) });
  const box = element("input", { type: "checkbox", id: "seallog-online", checked: held.enabled, onchange: () => app.letLookUp(box.checked) });
  return panel(
    app,
    "seallog_title",
    "seallog",
    element("p", {}, say("seallog_lead")),
    held.fault && element("p", { class: "caution", role: "alert", "data-fault": held.fault }, say(held.fault)),
    rows([
      [say("seallog_known"), held.seen ? told(held.seen) : say("never")],
      ...(held.pack ? [[say("seallog_pack"), say("seallog_pack_of", { number: held.pack.seals, moment: moment(held.pack.time, language) })]] : []),
    ]),
    element("p", { class: "toggle" }, box, element("label", { for: "seallog-online" }, say("seallog_online"))),
    element("p", { class: "hint" }, say(held.enabled ? "seallog_told" : "seallog_off")),
  );
}

function rootPanel(app, code) {
  return panel(
    app,
    "root_title",
    "root",
    element("p", {}, app.say("root_lead")),
    element("p", { class: "reference" }, element("bdi", { dir: "ltr" }, code)),
  );
}

function changed(app, state, look) {
  const input = element("input", { id: "root-code", dir: "ltr", autocomplete: "off", spellcheck: "false", autocapitalize: "characters" });
  const told = element("p", { class: "progress", role: "status" });
  const accept = async (event) => {
    event.preventDefault();
    if (!(await app.lists.acceptRoot(input.value))) return void (told.textContent = app.say("root_wrong"));
    await app.refreshLists();
    await look();
  };
  return element(
    "form",
    { class: "panel field", id: "root-changed", novalidate: true, onsubmit: accept },
    element("p", { class: "caution", role: "alert" }, app.say("root_changed")),
    element("label", { for: "root-code" }, app.say("root_type")),
    input,
    element("p", { class: "after" }, element("button", { type: "submit" }, app.say("root_accept"))),
    told,
  );
}

function settings(app) {
  const toggle = (name) => {
    const box = element("input", { type: "checkbox", id: name, checked: app.signal[name], onchange: () => app.set(name, box.checked) });
    return element("p", { class: "toggle" }, box, element("label", { for: name }, app.say(`setting_${name}`)));
  };
  return panel(
    app,
    "settings_title",
    "settings",
    toggle("sound"),
    toggle("vibration"),
  );
}

function about(app, kept, version) {
  const offline = navigator.serviceWorker?.controller ? "app_offline" : "app_offline_not";
  const keeping = app.store.lasting ? (kept ? "app_kept" : "app_may_go") : "app_private";
  const install = app.install && element("button", { type: "button", id: "install", onclick: () => app.install() }, app.say("install"));
  return panel(
    app,
    "app_section",
    "about",
    rows([[app.say("app_version"), version ?? "—"]]),
    element("p", { "data-offline": offline }, `${app.say(offline)}. ${app.say(keeping)}.`),
    install,
    !app.officer && element("p", { class: "after" }, element("a", { href: "#enrol", id: "enrol-link" }, app.say("enrol_link"))),
    app.unavailable && element("p", { class: "caution", role: "alert", "data-code": app.unavailable }, app.say(app.unavailable)),
  );
}
