// From the picture of a camera to the texts of codes in view. One frame is read at a time, off the main thread; the next is the newest.
const GATHER = 2; // more frames are looked at once a seal is found, for there may be another one in view
const FOREIGN_MS = 1_000; // a foreign code must stay in view for so long before it is spoken of: the hand may still be on its way
const GAP_MS = 700; // out of view for longer than this, and it has left

/** Reads pictures in the worker: one question, one answer. */
export class Reader {
  #worker;
  #waiting = new Map();
  #last = 0;

  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data: { id, ...answer } }) => this.#settle(id, answer);
    worker.onerror = (event) => {
      event.preventDefault();
      for (const id of this.#waiting.keys()) this.#settle(id, { error: "reader_failed" });
    };
  }

  static start() {
    return new Reader(new Worker(new URL(READER_WORKER, import.meta.url), { type: "module" }));
  }

  #settle(id, answer) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer.error) reject(new Error(answer.error));
    else resolve(answer);
  }

  #ask(question, transfer = []) {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...question }, transfer);
    });
  }

  /** {texts, step, took, held} of one live frame; the frame is used up. Rejects if the reader does not run. */
  frame(frame, turn) {
    return this.#ask({ frame, turn }, [frame]);
  }

  /** The same of a photo (Blob). Rejects with `picture_unreadable`. */
  photo(photo) {
    return this.#ask({ photo });
  }
}

/** What of the codes in view is worth a verdict, and when. Pure: times come in as milliseconds. */
export class Attention {
  #ours;
  #gathered = new Set();
  #left = GATHER;
  #foreign = new Map(); // text → {first, last}

  constructor(ours) {
    this.#ours = ours;
  }

  /** Look at the texts of one frame; the texts to judge, or null if it is too early. */
  see(texts, at) {
    const seals = texts.filter(this.#ours);
    seals.forEach((text) => this.#gathered.add(text));
    if (this.#gathered.size) return this.#left-- > 0 ? null : [...this.#gathered];
    return this.#patient(texts, at);
  }

  #patient(texts, at) {
    for (const [text, { last }] of this.#foreign) if (at - last > GAP_MS) this.#foreign.delete(text);
    for (const text of texts) this.#foreign.set(text, { first: this.#foreign.get(text)?.first ?? at, last: at });
    const staying = [...this.#foreign].filter(([, { first }]) => at - first >= FOREIGN_MS).map(([text]) => text);
    return staying.length ? staying : null;
  }
}

/** Reads the frames of a playing <video> until something is worth a verdict: then `found(texts)` is called and the scan is over. */
export class Scan {
  #video;
  #reader;
  #attention;
  #running = true;

  constructor(video, reader, ours) {
    [this.#video, this.#reader, this.#attention] = [video, reader, new Attention(ours)];
  }

  async run(found) {
    for (let turn = 0; this.#running; turn++) {
      await this.#nextFrame();
      if (!this.#running) return;
      const { texts } = await this.#reader.frame(await createImageBitmap(this.#video), turn);
      const worth = this.#running && this.#attention.see(texts, performance.now());
      if (worth) {
        this.#running = false;
        found(worth);
      }
    }
  }

  stop() {
    this.#running = false;
  }

  #nextFrame() {
    const video = this.#video;
    return new Promise((resolve) => {
      if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(resolve);
      else requestAnimationFrame(resolve);
    });
  }
}
