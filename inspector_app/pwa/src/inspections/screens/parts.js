// Parts that the inspections' screens are made of.
import { element, shape } from "../../dom.js";
import { moment } from "../../words.js";
import { Refused, Unreachable } from "../api.js";
import { Refusal } from "../refusal.js";

/** A fault in words, as an alert. `words` are the server's own, for a code that the app has none for. */
export function problem(app, code, words = null) {
  return element("div", { class: "problem", role: "alert", "data-code": code }, shape("undecided"), element("p", {}, wordsOf(app, code, words)));
}

/** The words of a code, of the server, or at least the code itself. */
export function wordsOf(app, code, words = null) {
  const own = [`inspection_${code}`, code].find((one) => app.knows(one));
  if (own) return app.say(own);
  return words?.[app.language] ?? app.say("inspection_other_reason", { code });
}

/** What went wrong in words: refused here, by the server, or not reached. Another error is a defect, and not for people's eyes. */
export function told(app, error) {
  if (error instanceof Unreachable) return problem(app, "unreachable");
  if (!(error instanceof Refused || error instanceof Refusal)) throw error;
  return problem(app, error.code, error.words);
}

/** Whose phone this is: what it is called, and its authority by the name that the trust list gives it. */
export function owner(app, { name, authority }) {
  const keys = [...(app.lists.trust?.keys.values() ?? [])];
  const named = keys.find((key) => key.authority === authority && key.roles.includes("license"))?.name[app.language];
  return [element("bdi", {}, name), " — ", element("bdi", {}, named ?? authority)];
}

export const bottom = (...children) => element("div", { class: "bottom" }, ...children);

export const button = (app, code, onclick, more = {}) => element("button", { type: "button", onclick, ...more }, app.say(code));

/** The state of an inspection in a word, with its shape. */
export function stateOf(app, { state }) {
  return element("span", { class: `state ${state}`, "data-state": state }, app.say(`inspection_state_${state}`));
}

export const at = (app, milliseconds) => moment(Math.floor(milliseconds / 1000), app.language);

/** Radio buttons as large fields to touch. `choices` are [value, words]. */
export function choices(name, title, all, chosen, onchange) {
  const one = ([value, words]) => {
    const id = `${name}-${value}`;
    const input = element("input", { type: "radio", name, id, value, checked: value === chosen, onchange: () => onchange(value) });
    return element("label", { class: `choice ${value}`, for: id }, input, element("span", {}, words));
  };
  return element("fieldset", { class: "choices" }, element("legend", {}, title), element("div", {}, all.map(one)));
}
