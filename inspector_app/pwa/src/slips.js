// A slip in the words of the result screen: the twin of verifier/slips.py. A receipt was received, a notice is genuine; neither licenses anything.
import { notices, receipts } from "./core.js";
import { knows, moment, say } from "./words.js";

const READERS = { receipt: receipts, notice: notices };
const DECISIONS = { received: "receipt", notice: "notice", not_genuine: "invalid", cannot_tell: "undecided" };
const NO_LICENSE = { received: "undecided", notice: "undecided", not_genuine: "invalid", cannot_tell: "undecided" };
const ROWS = { receipt: receiptRows, notice: noticeRows };

/** The kind of slip whose form `text` has: "receipt" or "notice"; null for another text. */
export function kindOf(text) {
  return Object.keys(READERS).find((kind) => READERS[kind].ours(text)) ?? null;
}

/** Judge the text of a slip; return a promise of its verdict: {kind, state, code, held, key}. */
export async function verify(text, told) {
  const kind = kindOf(text);
  const { state, code, key, [kind]: held } = await READERS[kind].verify(text, told);
  return Object.freeze({ kind, state, code, key, held, text });
}

/** What a slip is worth to whoever asks for a license. */
export const worth = ({ state }) => NO_LICENSE[state];

/** Whether it is what it says it is. */
export const holds = ({ state }) => state === "received" || state === "notice";

/**
 * Everything that the screen says about one slip, checked at `checked` (seconds); `rows` is empty unless the signature held. `portal` is where
 * people ask what became of a notice, "" unless it is named and the notice may be genuine.
 */
export function slipSheet(verdict, { trust, checked, language, portal }) {
  const { kind, state, code, text } = verdict;
  const headlines = { not_genuine: `${kind}_not_genuine`, cannot_tell: "decision_undecided" };
  return {
    kind,
    state,
    code,
    text,
    look: DECISIONS[state],
    headline: say(headlines[state] ?? code, language),
    reason: say(holds(verdict) ? `${kind}_advice` : code, language),
    rows: verdict.held && state !== "not_genuine" ? ROWS[kind](verdict.held, trust, language) : [],
    checked: say("checked_at", language, { moment: moment(checked, language) }),
    portal: kind === "notice" && state !== "not_genuine" ? portal : "",
  };
}

function receiptRows(receipt, trust, language) {
  const line = (code, value, ltr = false) => ({ code, label: say(`receipt_${code}`, language), value, ltr });
  return [
    line("number", receipt.number, true),
    line("service", service(receipt.service, language)),
    line("holder", receipt.holder),
    line("authority", authority(receipt.authority, trust, language)),
    line("day", moment(receipt.iat, language)),
  ];
}

function noticeRows(notice, trust, language) {
  const line = (code, value, ltr = false) => ({ code, label: say(`notice_${code}`, language), value, ltr });
  const days = (field) => line(field, say("notice_working_days", language, { number: notice[field] }));
  const { latitude, longitude } = notices.pointOf(notice);
  return [
    line("number", notice.number, true),
    line("holder", notice.holder),
    line("amount", say("notice_pounds", language, { pounds: pounds(notice.piastres) })),
    days("payment_days"),
    days("objection_days"),
    line("occurrence", say(`notice_occurrence_${notice.occurrence}`, language)),
    violation(notice.violation, trust, language, line),
    notice.license ? line("license", notice.license, true) : line("license", say("notice_no_license", language)),
    line("place", `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`, true),
    line("authority", authority(notice.authority, trust, language)),
    line("day", moment(notice.iat, language)),
  ];
}

/** An amount for people's eyes, in groups of three: `1,234.50`. */
function pounds(piastres) {
  const whole = String(Math.floor(piastres / 100)).replace(/\B(?=(?:[0-9]{3})+$)/g, ",");
  return `${whole}.${String(piastres % 100).padStart(2, "0")}`;
}

/** The name that the trust list gives an authority, else its code. */
function authority(code, trust, language) {
  const named = [...trust.keys.values()].find((key) => key.authority === code && key.roles.includes("license"));
  return named ? named.name[language] : code;
}

/** What was violated in the words of the trust list; where it has none, its code, and that the words are not known here. */
function violation(code, trust, language, line) {
  const named = trust.violations.get(code);
  return line("violation", named ? named[language] : say("notice_violation_unworded", language, { kind: code }));
}

/** A service in words, where there are any: its type, and what is asked for. */
function service(code, language) {
  return code
    .split(".")
    .map((part) => (knows(`receipt_${part}`) ? say(`receipt_${part}`, language) : part))
    .join(" · ");
}
