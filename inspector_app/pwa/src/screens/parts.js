// Parts that several screens are made of.
import { element } from "../dom.js";
import { listsAge } from "../sheet.js";

/** A panel with a title; what follows is inside. */
export function panel(app, code, ...children) {
  return element("section", { class: "panel" }, element("h2", {}, app.say(code)), ...children);
}

/** A line of a <dl>: {label, value, ltr}, where `ltr` marks numbers and codes, which keep their direction in Arabic text. */
export function row({ label, value, ltr }) {
  return element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", { dir: ltr ? "ltr" : null }, value)));
}

/** How old the lists are, where they are too old to rest on, with a way to refresh them; null where they are fresh. */
export function age(app) {
  const { lists } = app;
  const band = lists.band(app.seconds());
  if (band === "fresh") return null;
  const button = { type: "button", class: "refresh", disabled: Boolean(lists.refreshing), onclick: () => app.refreshLists() };
  return element(
    "div",
    { class: "age", "data-band": band },
    element("b", {}, listsAge(lists.status.newest, app.seconds(), app.language)),
    element("button", button, app.say(lists.refreshing ? "refreshing" : "refresh")),
    element("p", { class: "progress", role: "status" }, !lists.refreshing && lists.failed && app.say("refresh_failed")),
  );
}
