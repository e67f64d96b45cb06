// The log as a table for spreadsheets: UTF-8 with a byte order mark, RFC 4180, times with their distance from UTC, codes and words.
import { cairoOffset, finding } from "./core.js";
import { knows, say } from "./words.js";

// What a spreadsheet would take for a formula (also in full width), and white space before it.
const FORMULA = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/;

const words = (prefix, code, language) => (code && knows(`${prefix}_${code}`) ? say(`${prefix}_${code}`, language) : "");
const metres = (decimetres) => (decimetres === null ? "" : (decimetres / 10).toFixed(1));

const COLUMNS = {
  id: (entry) => entry.id,
  time: (entry) => cairoTime(entry.at),
  kind: (entry) => entry.kind,
  kind_words: (entry, language) => words("log_kind", entry.kind, language),
  verdict: (entry) => entry.decision,
  verdict_words: (entry, language) => words("log_decision", entry.decision, language),
  reason: (entry) => entry.reason,
  reason_words: reasonOf,
  place: (entry) => entry.place,
  place_words: (entry, language) => words("log_place", entry.place, language),
  distance_m: (entry) => metres(entry.distance_dm),
  uncertainty_m: (entry) => metres(entry.uncertainty_dm),
  number: (entry) => entry.number,
  edition: (entry) => entry.edition,
  name: (entry) => entry.name,
  reference: (entry) => entry.reference,
  trust_list: (entry) => entry.lists?.trust,
  status_lists_from: (entry) => (entry.lists?.status ? cairoTime(entry.lists.status * 1000) : ""),
  changed_at: (entry) => (entry.changed ? cairoTime(entry.changed.at) : ""),
  changed_verdict: (entry) => entry.changed?.decision,
  changed_verdict_words: (entry, language) => words("log_decision", entry.changed?.decision, language),
  changed_reason: (entry) => entry.changed?.reason,
  changed_reason_words: (entry, language) => (entry.changed ? reasonOf(entry.changed, language) : ""),
  sighting: (entry) => entry.sighting,
  from_log: (entry) => (entry.recalled ? "yes" : ""),
  compared_again: (entry) => entry.earlier,
};

/** The sentence of the finding that decided. */
export function reasonOf({ reason, detail }, language) {
  if (!knows(reason)) return reason;
  return Object.keys(detail).length ? finding({ code: reason, detail }, language) : say(reason, language);
}

/** An instant (milliseconds) in Cairo's time, ISO 8601 with its distance from UTC, whole seconds. */
export function cairoTime(at) {
  const seconds = Math.floor(at / 1000);
  const ahead = cairoOffset(seconds);
  const there = new Date((seconds + ahead) * 1000).toISOString().slice(0, 19);
  return `${there}+${String(ahead / 3600).padStart(2, "0")}:00`;
}

/** A cell. One that a spreadsheet would take for a formula begins with an apostrophe. */
export function cell(value) {
  const text = String(value ?? "");
  return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
}

/** The entries as the text of a CSV file, with words in `language`. */
export function csv(entries, language) {
  const lines = [Object.keys(COLUMNS), ...entries.map((entry) => Object.values(COLUMNS).map((column) => column(entry, language)))];
  return `\ufeff${lines.map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}
