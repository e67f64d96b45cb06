// A verdict for hand and ear: each decision has a vibration and a sound of its own, so that nobody has to look at a screen in the sun.
const VIBRATIONS = { valid: [80], undecided: [60, 80, 60], invalid: [300, 100, 300] }; // milliseconds: on, off, on
const TONES = {
  valid: [
    [880, 0.12],
    [1320, 0.18],
  ],
  undecided: [
    [660, 0.14],
    [660, 0.14],
  ],
  invalid: [
    [220, 0.25],
    [165, 0.4],
  ],
}; // hertz, seconds
const LOUD = 0.25;

/** Speaks by vibration and sound, as far as the person and the device want it. */
export class Signal {
  sound = true;
  vibration = true;
  #context = null;

  /** To be called in a tap: browsers let no page make a sound before. */
  unlock() {
    const Context = globalThis.AudioContext;
    this.#context ??= Context ? new Context() : null;
    this.#context?.resume().catch(() => {}); // without sound the screen still speaks
  }

  tell(decision) {
    if (this.vibration) navigator.vibrate?.(VIBRATIONS[decision]);
    if (this.sound && this.#context?.state === "running") this.#play(TONES[decision]);
  }

  #play(tones) {
    let at = this.#context.currentTime;
    for (const [frequency, length] of tones) {
      const [tone, volume] = [this.#context.createOscillator(), this.#context.createGain()];
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(LOUD, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + length); // a hard end clicks
      tone.connect(volume).connect(this.#context.destination);
      tone.start(at);
      tone.stop((at += length));
    }
  }
}
