// The codes that were in view, and what they are worth. A verdict is given once, with the fix of that moment, and frozen with it: where the
// phone went afterwards says nothing of where the code hangs. Only new lists may change it later, and then only the seal's status.
import { Finding, ours, Verdict, verify, worst } from "./core.js";
import * as slips from "./slips.js";

const FIRST_MS = 20_000; // so long a first measurement is waited for
const SETTLING_MS = 12_000; // so long it may become better
const NOWHERE = new Set(["refused", "absent"]);
const NO_FIX = new Finding("site", "skipped", "no_fix");
const WORST_FIRST = ["invalid", "undecided", "valid"];

/** The texts that count: seals if there are any, else slips, else all. */
function worth(texts) {
  const seals = texts.filter(ours);
  if (seals.length) return seals;
  const handed = texts.filter(slips.kindOf);
  return handed.length ? handed : texts;
}

/** A verdict with another finding about the site; one that did not come as far has none to exchange. */
function placed(verdict, site) {
  return verdict.claims ? new Verdict([...verdict.findings.slice(0, -1), site], verdict, verdict.claims, verdict.key) : verdict;
}

const asCore = (measured) =>
  measured && { ...measured, accuracyM: measured.accuracy, measuredAt: new Date(measured.at), confidence: 68, source: "phone" };

/** Times are milliseconds since 1970 UTC. */
export class Sighting {
  id = crypto.randomUUID();
  pairs = []; // [text, verdict] each; none without lists, and none of a slip
  slip = null; // the verdict on a receipt or a notice, if that is all there is
  fix = null; // where the verdict was given
  given = null; // when; null while the place is being measured
  first = []; // `pairs` as they were given
  changed = null; // when new lists, or the log of seals, last made the verdict another one than was given
  changedBy = null; // which of the two: "lists" or "log"
  logSize = null; // of the log of seals' head at hand when the verdict was given
  chosen = null; // of several, the text that the person looks at
  told = false; // whether hand and ear know
  #turn = 0;
  #until;
  #settling = null;

  /** `earlier` is the sighting whose place is compared again; a `recalled` one comes from the log, far from where the code hangs. */
  constructor(texts, now, { earlier = null, recalled = false } = {}) {
    Object.assign(this, { texts: worth(texts), at: now, earlier, recalled });
    this.#until = recalled ? now : now + FIRST_MS;
  }

  /** When measuring ends, whatever is known by then. */
  get until() {
    return this.#settling ?? this.#until;
  }

  /** Whether the place is still being measured. */
  get live() {
    return this.given === null;
  }

  /** All verdicts, the worst first. */
  get verdicts() {
    const order = ([, { decision }]) => WORST_FIRST.indexOf(decision);
    return [...this.pairs].sort((one, other) => order(one) - order(other)).map(([, verdict]) => verdict);
  }

  textOf(verdict) {
    return this.pairs.find(([, one]) => one === verdict)?.[0] ?? null;
  }

  /** "valid", "invalid" or "undecided". */
  get decision() {
    if (this.slip) return slips.worth(this.slip);
    return this.pairs.length ? worst(this.verdicts).decision : "undecided";
  }

  /** Whether no measurement can change the decision any more. */
  get decided() {
    return !this.live || this.pairs.some(([, { seal }]) => seal === "not_valid");
  }

  /**
   * Judge by `lists`, where `whereabouts` says, at `now`. The verdict is given when the place is sure, the position has settled, or
   * the time is up (`over`: at once). Until then it says of the place that nobody compared it. Returns whether this gave it.
   */
  async judge(lists, { recent, state }, now, { over = false } = {}) {
    if (!this.live) return false;
    if (over) [this.#until, this.#settling] = [now, now]; // a judgement that overtakes this one ends it too
    const turn = ++this.#turn;
    const fix = this.recalled ? null : asCore(recent);
    const made = await this.#judged(lists, fix, now);
    if (turn !== this.#turn || !this.live) return false;
    if (fix) this.#settling ??= now + SETTLING_MS;
    const ends = now >= this.until || NOWHERE.has(state) || (fix && state === "settled") || this.#sure(made);
    Object.assign(this, ends ? made : { ...made, pairs: made.pairs.map(([text, verdict]) => [text, placed(verdict, NO_FIX)]) });
    if (ends) Object.assign(this, { fix, given: now, first: this.pairs, logSize: lists.log?.size ?? null });
    return Boolean(ends);
  }

  /**
   * Judge anew by new lists at `now`, or by what came of the log (`by` says which): seal and status may change, what was found of the place
   * stays. Returns whether it changed.
   */
  async judgeAgain(lists, now, by = "lists") {
    const turn = ++this.#turn;
    const [made, then] = await Promise.all([this.#judged(lists, null, now), this.#judged(lists, this.fix, this.given)]);
    if (turn !== this.#turn) return false;
    const before = said(this);
    this.slip = made.slip;
    this.pairs = made.pairs.map(([text, verdict], i) => [text, placed(verdict, then.pairs[i][1].findings.at(-1))]);
    const changed = said(this) !== before;
    if (changed) [this.changed, this.changedBy] = [now, by];
    return changed;
  }

  /** Nothing to measure for: a slip allows nothing anywhere, and where nothing is signed there is no place. */
  #sure({ slip, pairs }) {
    if (slip || this.recalled) return true;
    return pairs.length > 0 && pairs.every(([, { claims, place }]) => !claims || place === "here");
  }

  async #judged({ trust, status, log }, fix, now) {
    const told = { trust, status, log, hosts: trust?.hosts, now: new Date(now), fix };
    if (trust && slips.kindOf(this.texts[0])) return { slip: await slips.verify(this.texts[0], told), pairs: [] };
    const verdicts = trust ? await Promise.all(this.texts.map((text) => verify(text, told))) : [];
    return { slip: null, pairs: verdicts.map((verdict, i) => [this.texts[i], verdict]) };
  }
}

/** What a sighting says, in codes. */
function said({ slip, pairs }) {
  return JSON.stringify([slip?.code, pairs.map(([text, { decision, seal, reason }]) => [text, decision, seal, reason.code])]);
}
