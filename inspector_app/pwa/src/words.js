// What the app says, in Arabic and English: its own words, those that it shares with the verifier's pages, and the core's sentences.
import sentences from "../../../seal/data/sentences.json";
import shared from "../../../seal/data/words.json";
import { chosen } from "./core.js";
import own from "./words.json";

const TABLE = { ...shared, ...sentences, ...own };
const CAIRO = "Africa/Cairo";
const LOCALES = { ar: "ar-EG-u-nu-latn-ca-gregory", en: "en-GB" };

/** Take over the words of a part of the app that is fetched later. */
export function learn(words) {
  Object.assign(TABLE, words);
}

/** Whether there are words for `code`. */
export function knows(code) {
  return Object.hasOwn(TABLE, code);
}

/** The words of `code`, its gaps filled. Forms for several numbers stand between bars. Throws RangeError for a code without words. */
export function say(code, language, gaps = {}) {
  if (!knows(code)) throw new RangeError(`no words for ${code}`);
  return chosen(TABLE[code][language], gaps, language).replace(/\{(\w+)\}/g, (_, name) => String(gaps[name]));
}

/** A day (ISO 8601) as people write it. */
export function day(iso, language) {
  return new Date(`${iso}T12:00Z`).toLocaleDateString(LOCALES[language], {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}

/** An instant (seconds since 1970 UTC) as day and time in Cairo. */
export function moment(seconds, language) {
  const options = { day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: CAIRO };
  const part = Object.fromEntries(
    new Intl.DateTimeFormat(LOCALES[language], options).formatToParts(seconds * 1000).map((p) => [p.type, p.value]),
  );
  return `${part.day} ${part.month} ${part.year}${language === "ar" ? "،" : ","} ${part.hour}:${part.minute}`;
}

/** How long `seconds` are, in the largest unit that fits, whole: "2 hours". In Arabic as it stands after a preposition: «ساعتين». */
export function span(seconds, language) {
  const passed = Math.max(0, seconds);
  const [unit, size] = passed < 7200 ? ["minutes", 60] : passed < 172_800 ? ["hours", 3600] : ["days", 86_400];
  return say(`span_${unit}`, language, { number: Math.floor(passed / size) });
}
