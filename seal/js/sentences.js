/** What the codes say to people, in Arabic ("ar") and English ("en"). The same sentences on the page, the command line and the phone. */

import * as data from "./data.js";
import { roundHalfEven } from "./rounding.js";

/** Return every sentence by its code: {ar: …, en: …}. */
export function sentences() {
  return data.file("sentences.json");
}

/** Return the sentence of `code`, its gaps filled. Throws RangeError for a code without a sentence, or without what its gaps need. */
export function say(code, language, detail = {}) {
  if (!Object.hasOwn(sentences(), code)) throw new RangeError(`no sentence for ${code}`);
  const template = sentences()[code][language];
  if (Object.keys(detail).length === 0) return template;
  const words = readable(detail, language);
  return template.replace(/\{(\w+)\}/g, (_, name) => {
    if (!Object.hasOwn(words, name)) throw new RangeError(`${code} needs ${name}`);
    return words[name];
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
  if (decision === "undecided" && seal === "genuine") code = "decision_unplaced";
  return say(code, language);
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
    text.push(`  ${claims.number}  ${held.tradeName} — ${held.activity}`);
    text.push(`  ${held.address}  ${held.firstDay} → ${until}`);
  }
  for (const found of verdict.findings) {
    if (found.outcome === "failed" || found.outcome === "unknown" || found.check === "site") {
      text.push(`  ${say(`check_${found.check}`, language)}: ${finding(found, language)}`);
    }
  }
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
