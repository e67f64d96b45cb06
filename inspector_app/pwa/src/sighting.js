// The codes that were in view, and what they are worth: judged when they are seen, and anew when the phone moves or new lists come.
import { verify, worst } from "./core.js";

const LIVE_MS = 120_000; // so long after a scan the place is judged anew at every measurement, or until it is the licensed one
const WORST_FIRST = ["invalid", "undecided", "valid"];

export class Sighting {
  verdicts = []; // the worst first; none without lists
  fix = null; // where they were judged
  live = true; // whether the next measurement counts
  #until;
  #turn = 0;

  constructor(texts, now) {
    this.texts = texts;
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
    return this.verdicts.length ? worst(this.verdicts).decision : "undecided";
  }

  /**
   * Judge all texts by `lists` at `now` (milliseconds), where `measured` is (null: nobody knows). Returns [text, verdict] pairs, or null
   * if a newer judgement is under way.
   */
  async judge({ trust, status }, measured, now) {
    const turn = ++this.#turn;
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
}
