// Whom to report to, as the operator of the host named it, kept for the street without a network. The twin of verifier/contact.py: what
// does not have its form is not shown. It is no part of any verdict, so it is unsigned, as the app itself is.
import { say } from "./words.js";

const PATH = "contact.json";
const PATIENCE_MS = 20_000;
const REFERENCE = "{reference}"; // where a web address takes the reference
const PHONE = /^\+?[0-9][0-9 -]{1,22}[0-9]$/;
const LINK = /^(?:mailto:[^\s@?&<>"]+@[^\s@?&<>"]+|https:\/\/[^\s<>"]+)$/;
const LENGTH_MOST = 300;

/** Somebody to report to: a name in both languages, a telephone or "", and `mailto:` or `https://`, or "". */
export class Contact {
  constructor({ name, phone, link }) {
    Object.assign(this, { name, phone, link });
  }

  /** The contact in what the host told, null where that names nobody or is something else. */
  static parse(told) {
    const { ar, en } = told?.name ?? {};
    const { phone, link } = told ?? {};
    const written = [ar, en, phone, link].every((part) => typeof part === "string" && part.length <= LENGTH_MOST);
    if (!written || !ar || !en || !(phone || link)) return null;
    if ((phone && !PHONE.test(phone)) || (link && !LINK.test(link))) return null;
    return new Contact({ name: { ar, en }, phone, link });
  }

  /** The telephone as a link, "" without one. */
  get call() {
    return this.phone && `tel:${this.phone.replace(/[^0-9+]/g, "")}`;
  }

  /** The link that reports a verdict: a letter with the reference, or a page that is told it. "" without a link. */
  report(reference, language) {
    const written = (part) => encodeURIComponent(say(`report_${part}`, language, { reference }));
    if (this.link.startsWith("mailto:")) return `${this.link}?subject=${written("subject")}&body=${written("body")}`;
    return this.link.replaceAll(REFERENCE, encodeURIComponent(reference));
  }
}

/** The contact that this phone was last told of, null without any. */
export async function kept(store) {
  return Contact.parse(await store.get("state", "contact"));
}

/** Ask the host; without a network, what it said last counts. */
export async function asked(store) {
  try {
    const answer = await fetch(PATH, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) await store.put("state", "contact", await answer.json());
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
  }
  return kept(store);
}
