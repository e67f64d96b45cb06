// The codes that were in view, and what they are worth: judged when they are seen, and anew when the phone moves or new lists come.
import { ours, receipts, verify, worst } from "./core.js";

const LIVE_MS = 120_000; // so long after a scan the place is judged anew at every measurement, or until it is the licensed one
const WORST_FIRST = ["invalid", "undecided", "valid"];
const NO_LICENSE = { received: "undecided", not_genuine: "invalid", cannot_tell: "undecided" }; // what a receipt is worth to whoever asks for a license

/** The texts that count: seals if there are any, else receipts of applications, else all. */
function worth(texts) {
  const seals = texts.filter(ours);
  if (seals.length) return seals;
  const received = texts.filter(receipts.ours);
  return received.length ? received : texts;
}

export class Sighting {
  verdicts = []; // the worst first; none without lists, and none of a receipt
  receipt = null; // the verdict on a receipt, if that is all there is
  fix = null; // where they were judged
  live = true; // whether the next measurement counts
  #until;
  #turn = 0;

  constructor(texts, now) {
    this.texts = worth(texts);
    this.again(now);
  }

  /** Let measurements count from now on. */
  again(now) {
    this.live = true;
    this.#until = now + LIVE_MS;
  }

  /** Whether a measurement at `now` (milliseconds) still counts. */
  watches(now) {
    return this.live && now < this.#until;
  }

  /** "valid", "invalid" or "undecided"; null before the first judgement. */
  get decision() {
    if (!this.#turn) return null;
    if (this.receipt) return NO_LICENSE[this.receipt.state];
    return this.verdicts.length ? worst(this.verdicts).decision : "undecided";
  }

  /**
   * Judge all texts by `lists` at `now` (milliseconds), where `measured` is (null: nobody knows). Returns [text, verdict] pairs, or null
   * if a newer judgement is under way.
   */
  async judge({ trust, status }, measured, now) {
    const turn = ++this.#turn;
    if (trust && receipts.ours(this.texts[0])) return this.#judgeReceipt(turn, trust, now);
    const fix = measured && {
      ...measured,
      accuracyM: measured.accuracy,
      measuredAt: new Date(measured.at),
      confidence: 68,
      source: "phone",
    };
    const told = { trust, status, hosts: trust?.hosts, now: new Date(now), fix };
    const verdicts = trust ? await Promise.all(this.texts.map((text) => verify(text, told))) : [];
    if (turn !== this.#turn) return null;
    const pairs = verdicts.map((verdict, i) => [this.texts[i], verdict]);
    const order = ({ decision }) => WORST_FIRST.indexOf(decision);
    this.verdicts = [...verdicts].sort((one, other) => order(one) - order(other));
    this.fix = fix;
    if (verdicts.length && verdicts.every(({ place }) => place === "here")) this.live = false;
    return pairs;
  }
  /** Judge the first receipt: it allows nothing anywhere, so no place is compared. */
  async #judgeReceipt(turn, trust, now) {
    const verdict = await receipts.verify(this.texts[0], { trust, hosts: trust.hosts, now: new Date(now) });
    if (turn !== this.#turn) return null;
    [this.receipt, this.live] = [verdict, false];
    return [];
  }
}
