// From codes in view to one verdict: measures the place for as long as it takes and no longer, tells hand and ear once, writes the log.
// Tells of news by the event "change".
import { entries } from "./entry.js";
import { Sighting } from "./sighting.js";

export class Judging extends EventTarget {
  sighting = null; // what is on the result's screen
  #lists;
  #whereabouts;
  #signal;
  #log;
  #sealLog;
  #now;
  #timer = null;

  constructor({ lists, whereabouts, signal, log, sealLog, now }) {
    super();
    [this.#lists, this.#whereabouts, this.#signal, this.#log, this.#sealLog, this.#now] = [lists, whereabouts, signal, log, sealLog, now];
    whereabouts.addEventListener("change", () => this.measured());
  }

  /** Judge the texts of codes in view. */
  scanned(texts) {
    this.#whereabouts.start();
    return this.#begin(new Sighting(texts, this.#now()));
  }

  /** Judge a text from the log: the phone may be anywhere now, so its place is compared only if the person asks. */
  recalled(text) {
    return this.#begin(new Sighting([text], this.#now(), { recalled: true }));
  }

  /** Compare the place again: another verdict, which stands in the log beside the earlier one. */
  again() {
    const earlier = this.sighting;
    this.#whereabouts.anew();
    const sighting = new Sighting(earlier.texts, this.#now(), { earlier });
    sighting.chosen = earlier.chosen;
    return this.#begin(sighting);
  }

  async #begin(sighting) {
    await this.close();
    this.sighting = sighting;
    await this.measured();
    this.#lookUp(sighting); // not waited for: a verdict is there at once, on the worst network too
  }

  /** What verdicts go by: the lists, and what is at hand of the log of seals. */
  get #known() {
    const { trust, timed: status } = this.#lists;
    return { trust, status, log: this.#sealLog.view(trust) };
  }

  /** Ask the host for what the log of seals says, and judge by it when it comes. */
  async #lookUp(sighting) {
    const news = await this.#sealLog.look(sighting.verdicts, this.#lists.trust);
    if (news && sighting === this.sighting) await this.logCame();
  }

  /** Take the newest measurement into account; `over`: there will be no better one. */
  async measured({ over = false } = {}) {
    const { sighting } = this;
    if (!sighting?.live) return;
    const given = await sighting.judge(this.#known, this.#whereabouts, this.#now(), { over });
    if (sighting === this.sighting) this.#show(sighting);
    if (given) await this.#log.add(entries(sighting));
  }

  #show(sighting) {
    if (!sighting.live) this.#whereabouts.stop();
    if (!sighting.told && sighting.decided) {
      sighting.told = true;
      this.#signal.tell(sighting.decision);
    }
    this.#wait(sighting);
    this.dispatchEvent(new Event("change"));
  }

  #wait(sighting) {
    clearTimeout(this.#timer);
    if (sighting.live) this.#timer = setTimeout(() => this.measured(), Math.max(0, sighting.until - this.#now()));
  }

  /** New lists came: the seal's status may be another one. */
  async listsChanged() {
    const { sighting } = this;
    if (!sighting) return;
    await this.#changed(sighting, "lists");
    this.#lookUp(sighting);
  }

  /** Something of the log of seals came. */
  async logCame() {
    if (this.sighting) await this.#changed(this.sighting, "log");
  }

  async #changed(sighting, by) {
    if (sighting.live) return this.measured();
    const changed = await sighting.judgeAgain(this.#known, this.#now(), by);
    if (sighting !== this.sighting) return;
    this.dispatchEvent(new Event("change")); // what was looked up is said, also where the verdict stays
    if (!changed) return;
    this.#signal.tellChange();
    await this.#log.amend(entries(sighting));
  }

  /** End measuring: the page is hidden or left, and what the phone measures from now on is no longer where the code hangs. */
  async close() {
    clearTimeout(this.#timer);
    await this.measured({ over: true });
  }

  /** Nothing is on the screen any more. */
  async drop() {
    const closing = this.close();
    this.sighting = null;
    this.#whereabouts.stop();
    await closing;
  }
}
