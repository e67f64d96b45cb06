// A verdict in the words of the result screen: the twin of verifier/sheet.py. Screens take nothing else, so what is not verified cannot
// be shown.
import { advice, asObject, finding, headline } from "./core.js";
import { day, moment, say, span } from "./words.js";

const IN_METRES = ["width_cm", "height_cm"];
const TO_COMPARE = ["trade_name", "activity", "type", "address", "authority"];

/** Everything that the screen says about one verdict; `trust` gives the names of types and activities. */
export function sheet(verdict, { trust, language }) {
  const told = asObject(verdict);
  const rows = licenseRows(told.license, trust, language);
  const genuine = told.seal === "genuine";
  return {
    verdict: told,
    site: verdict.claims?.license.site ?? null,
    icon: icon(told),
    headline: headline(verdict, language),
    reason: reason(verdict, language),
    todo: advice(verdict, language),
    compare: genuine ? comparable(rows, told.license) : [],
    rows: [...rows.values()],
    lines: (told.seal === "not_license" ? [] : verdict.findings).map((found) => ({
      name: say(`check_${found.check}`, language),
      outcome: found.outcome,
      word: say(`outcome_${found.outcome}`, language),
      sentence: finding(found, language),
    })),
    caution: { not_valid: "not_valid_data", cannot_tell: "not_sure_data" }[told.seal] ?? null,
    notProven: told.does_not_prove.map((code) => say(code, language)),
    checked: say("checked_at", language, { moment: moment(verdict.now, language) }),
    freshness: freshness(verdict, language),
  };
}

function icon({ decision, seal }) {
  if (seal !== "genuine") return decision;
  return { undecided: "compare", invalid: "elsewhere" }[decision] ?? decision;
}

function reason(verdict, language) {
  const unplaced = verdict.seal === "genuine" && verdict.place === "not_checked";
  return unplaced ? say("unplaced_advice", language) : finding(verdict.reason, language);
}

/** What to hold against the real thing: only what the seal itself carries. */
function comparable(rows, held) {
  return [...TO_COMPARE, ...Object.keys(held.details)].filter((code) => rows.has(code)).map((code) => rows.get(code));
}

function licenseRows(held, trust, language) {
  const rows = new Map();
  if (!held) return rows;
  const put = (code, value, { label = `label_${code}`, ltr = false } = {}) =>
    rows.set(code, { code, label: say(label, language), value, ltr });
  const named = (names, code) => names.get(code)?.[language] ?? code;
  put("trade_name", held.trade_name);
  put("type", named(trust.types, held.type));
  put("activity", named(trust.activities, held.activity));
  put("address", held.address);
  put("authority", held.authority[language]); // an address is one of its district's
  put("holder", held.holder);
  put("first_day", day(held.first_day, language));
  if (held.last_day) put("last_day", day(held.last_day, language), { label: "valid_until" });
  else put("last_day", say("label_open_ended", language), { label: "term" });
  for (const [code, value] of Object.entries(held.details)) {
    put(code, IN_METRES.includes(code) ? say("metres_value", language, { number: value / 100 }) : String(value), { label: code });
  }
  put("number", held.number, { ltr: true });
  put("sealed_on", day(held.sealed_on, language));
  return rows;
}

function freshness(verdict, language) {
  const sequence = verdict.trustSequence;
  if (!verdict.statusIat) return say("freshness_none", language, { sequence });
  const seconds = verdict.now - verdict.statusIat;
  const status = seconds < 120 ? say("age_now", language) : say("ago", language, { span: span(seconds, language) });
  return say("freshness", language, { status, sequence });
}

/** How old the lists are, in plain words: "Lists from 2 hours ago". */
export function listsAge(newest, now, language) {
  if (!newest) return say("lists_none", language);
  if (now - newest < 120) return say("lists_now", language);
  return say("lists_from", language, { span: span(now - newest, language) });
}
