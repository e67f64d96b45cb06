// Parts that several screens are made of.
import { element } from "../dom.js";

/** A panel with a title; what follows is inside. */
export function panel(app, code, ...children) {
  return element("section", { class: "panel" }, element("h2", {}, app.say(code)), ...children);
}

/** A line of a <dl>: {label, value, ltr}, where `ltr` marks numbers and codes, which keep their direction in Arabic text. */
export function row({ label, value, ltr }) {
  return element("div", {}, element("dt", {}, label), element("dd", {}, element("bdi", { dir: ltr ? "ltr" : null }, value)));
}
