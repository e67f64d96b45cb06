// A receipt of an application in the words of the result screen: the twin of verifier/receipts.py. Received, not licensed.
import { knows, moment, say } from "./words.js";

const HEADLINES = { received: "receipt_received", not_genuine: "receipt_not_genuine", cannot_tell: "decision_undecided" };
const LOOKS = { received: "receipt", not_genuine: "invalid", cannot_tell: "undecided" };

/** Everything that the screen says about one receipt, checked at `checked` (seconds); `rows` is empty unless the signature held. */
export function receiptSheet(verdict, { trust, checked, language }) {
  return {
    state: verdict.state,
    code: verdict.code,
    look: LOOKS[verdict.state],
    headline: say(HEADLINES[verdict.state], language),
    reason: say(verdict.state === "received" ? "receipt_advice" : verdict.code, language),
    rows: rows(verdict, trust, language),
    checked: say("checked_at", language, { moment: moment(checked, language) }),
  };
}

function rows({ receipt, state }, trust, language) {
  if (!receipt || state === "not_genuine") return [];
  const line = (code, value, ltr = false) => ({ code, label: say(`receipt_${code}`, language), value, ltr });
  return [
    line("number", receipt.number, true),
    line("service", service(receipt.service, language)),
    line("holder", receipt.holder),
    line("authority", authority(receipt.authority, trust, language)),
    line("day", moment(receipt.iat, language)),
  ];
}

/** The name that the trust list gives an authority, else its code. */
function authority(code, trust, language) {
  const named = [...trust.keys.values()].find((key) => key.authority === code && key.roles.includes("license"));
  return named ? named.name[language] : code;
}

/** A service in words, where there are any: its type, and what is asked for. */
function service(code, language) {
  return code
    .split(".")
    .map((part) => (knows(`receipt_${part}`) ? say(`receipt_${part}`, language) : part))
    .join(" · ");
}
