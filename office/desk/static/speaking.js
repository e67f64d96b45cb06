// The hall's screen says the called number and its desk: a tone, then the words, if the browser has a voice for the page's language.
// Browsers let nothing be heard before somebody pressed a button, so this page does not load itself anew: it asks for what changed.

const told = document.querySelector("#voice");
const button = document.querySelector("#speak");
const language = document.documentElement.lang;
const announced = new Set();
let on = false;
let sound = null; // the audio of this page, from the first press on
let offline = false;
let saying = Promise.resolve();

function voice() {
  const voices = globalThis.speechSynthesis?.getVoices() ?? [];
  return voices.find((each) => each.lang.toLowerCase().startsWith(language)) ?? null;
}

function show() {
  const state = offline ? "offline" : !on ? "off" : voice() ? "spoken" : "tone";
  if (told.dataset.state !== state) {
    told.dataset.state = state;
    told.textContent = told.dataset[state];
  }
  button.textContent = on ? button.dataset.off : button.dataset.on;
  button.setAttribute("aria-pressed", String(on));
}

/** Two notes, made here: 0.6 s. */
function tone() {
  const from = sound.currentTime;
  for (const [hertz, at] of [[660, 0], [880, 0.25]]) {
    const note = new OscillatorNode(sound, { frequency: hertz });
    const loud = new GainNode(sound, { gain: 0 });
    loud.gain.setValueAtTime(0.3, from + at);
    loud.gain.exponentialRampToValueAtTime(0.001, from + at + 0.35);
    note.connect(loud).connect(sound.destination);
    note.start(from + at);
    note.stop(from + at + 0.35);
  }
  return new Promise((done) => { setTimeout(done, 650); });
}

function speak(text) {
  const chosen = voice();
  if (!chosen) return Promise.resolve();
  return new Promise((done) => {
    const words = new SpeechSynthesisUtterance(text);
    words.lang = chosen.lang;
    if (chosen instanceof (globalThis.SpeechSynthesisVoice ?? Object)) words.voice = chosen;
    words.rate = 0.9;
    words.onend = words.onerror = done;
    setTimeout(done, 15_000); // a voice that never ends does not keep the others waiting
    speechSynthesis.speak(words);
  });
}

/** Say what was called since the last look, the oldest first; before the first press it is only noted. */
function announce() {
  const calls = [...document.querySelectorAll("[data-call]")].reverse();
  for (const each of calls) {
    if (announced.has(each.dataset.call)) continue;
    announced.add(each.dataset.call);
    if (!on) continue;
    const text = each.dataset.say;
    saying = saying.then(() => (on ? tone().then(() => speak(text)) : null));
  }
}

async function look() {
  try {
    const answer = await fetch(`${location.pathname}?still=yes`, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("#called").replaceChildren(...page.querySelector("#called").childNodes);
    offline = false;
  } catch {
    offline = true; // what was called last stays to be read, and the page says that it may be old
  }
  announce();
  show();
}

button.hidden = false;
button.addEventListener("click", () => {
  on = !on;
  sound ??= new AudioContext();
  sound.resume();
  if (!on) globalThis.speechSynthesis?.cancel();
  else saying = saying.then(tone);
  show();
});
globalThis.speechSynthesis?.addEventListener?.("voiceschanged", show);
announce();
show();
setInterval(look, Number(told.dataset.every) * 1000);
