/** What the codes say to people, in Arabic ("ar") and English ("en"). The same sentences on the page, the command line and the phone. */

import * as data from "./data.js";
import * as plurals from "./plurals.js";
import { roundHalfEven } from "./rounding.js";
import { TOLD } from "./verdict.js";

/** Headlines of what is no license code, by its code; everything else is "not a license code". */
const NO_LICENSE = {
  damaged: "decision_incomplete",
  unused_input: "decision_incomplete",
  number_alone: "decision_number",
  number_elsewhere: "decision_number_elsewhere",
  receipt_not_license: "decision_receipt",
  notice_not_license: "decision_notice",
};

/** Return every sentence by its code: {ar: …, en: …}. */
export function sentences() {
  return data.file("sentences.json");
}

/** Return the sentence of `code`, its gaps filled. Throws RangeError for a code without a sentence, or without what its gaps need. */
export function say(code, language, detail = {}) {
  if (!Object.hasOwn(sentences(), code)) throw new RangeError(`no sentence for ${code}`);
  const template = sentences()[code][language];
  if (Object.keys(detail).length === 0) return template;
  return filled(template, readable(detail, language), language);
}

/** Return a template of ours in the form that goes with its count, its gaps filled. Throws RangeError for a gap that is not given. */
export function filled(template, gaps, language) {
  return plurals.chosen(template, gaps, language).replace(/\{(\w+)\}/g, (_, name) => {
    if (!Object.hasOwn(gaps, name)) throw new RangeError(`a sentence needs ${name}`);
    return String(gaps[name]);
  });
}

/** Return the sentence of a finding. */
export function finding(found, language) {
  return say(found.code, language, found.detail);
}

/** Return the words that go with the colour: short enough to read at arm's length. */
export function headline(verdict, language) {
  const { decision, seal, place } = verdict;
  let code = `decision_${decision}`;
  if (decision === "valid" && place !== "here") code = "decision_valid_seal";
  if (decision === "invalid" && seal === "genuine") code = "decision_elsewhere";
  if (decision === "undecided" && seal === "genuine") {
    code = verdict.license?.type === "shop" ? "decision_unplaced_shop" : "decision_unplaced";
  }
  if (seal === "not_license") code = NO_LICENSE[verdict.reason.code] ?? "decision_no_code";
  return say(code, language);
}

/** Return what to do now, "" where the reason says it all. */
export function advice(verdict, language) {
  const code = `todo_${verdict.reason.code}`;
  if (Object.hasOwn(sentences(), code)) return say(code, language);
  return verdict.decision === "invalid" ? say("todo_invalid", language) : "";
}

/** Return a distance as people say it: metres up to a kilometre, then kilometres with one digit. */
export function distance(decimetres, language) {
  const metres = Math.floor(decimetres / 10);
  if (metres < 1000) return say("metres", language, { number: metres });
  return say("kilometres", language, { number: roundHalfEven(metres / 1000, 1).toFixed(1) });
}

/** Return a bearing (degrees) as one of eight winds. */
export function direction(bearing, language) {
  return say(`compass_${roundHalfEven(bearing / 45) % 8}`, language);
}

/** Return the verdict in plain lines, for terminals: headline, license, reasons, what it does not prove, reference. */
export function lines(verdict, language) {
  const { license: held, claims } = verdict;
  const text = [headline(verdict, language)];
  if (held && claims) {
    const until = held.lastDay ?? say("label_open_ended", language);
    text.push(`  ${verdict.number}  ${held.tradeName} — ${held.activity}`);
    text.push(`  ${held.address}  ${held.firstDay} → ${until}`);
  }
  for (const found of verdict.findings) {
    if (TOLD.includes(found.outcome) || (found.check === "site" && verdict.seal !== "not_license")) {
      text.push(`  ${say(`check_${found.check}`, language)}: ${finding(found, language)}`);
    }
  }
  const told = advice(verdict, language);
  if (told) text.push(`  ${told}`);
  text.push(...verdict.provesNot.map((code) => `  ${say(code, language)}`));
  return [...text, `  ${say("label_reference", language)}: ${verdict.reference}`];
}

function readable(detail, language) {
  const words = Object.fromEntries(Object.entries(detail).map(([key, value]) => [key, String(value)]));
  if ("distance_dm" in detail) {
    words.distance = distance(detail.distance_dm, language);
    words.uncertainty = distance(detail.uncertainty_dm, language);
    words.bearing = direction(detail.bearing, language);
  }
  return words;
}
