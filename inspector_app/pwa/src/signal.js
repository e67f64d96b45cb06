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
// What became of a verdict that was given before, whichever way: two short taps and a falling tone, softer than any verdict.
const CHANGED = {
  vibration: [30, 150, 30],
  tones: [
    [587, 0.12],
    [494, 0.16],
  ],
  loud: 0.12,
};

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

  /** A verdict was given. */
  tell(decision) {
    this.#speak(VIBRATIONS[decision], TONES[decision], LOUD);
  }

  /** New lists changed what was told before. Nobody was caught at this moment, so it is none of the verdicts' signals. */
  tellChange() {
    this.#speak(CHANGED.vibration, CHANGED.tones, CHANGED.loud);
  }

  #speak(vibration, tones, loud) {
    if (this.vibration) navigator.vibrate?.(vibration);
    if (this.sound && this.#context?.state === "running") this.#play(tones, loud);
  }

  #play(tones, loud) {
    let at = this.#context.currentTime;
    for (const [frequency, length] of tones) {
      const [tone, volume] = [this.#context.createOscillator(), this.#context.createGain()];
      tone.frequency.value = frequency;
      volume.gain.setValueAtTime(loud, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + length); // a hard end clicks
      tone.connect(volume).connect(this.#context.destination);
      tone.start(at);
      tone.stop((at += length));
    }
  }
}
