// Browsers may clear a phone's database (iOS has done so to apps on the home screen). What this phone was is written down a second time,
// elsewhere in the browser and without any secret, so that the loss is told and not taken for a phone that never belonged to anybody.
const NAME = "khatm-device";

/** Write down whose phone this is, and what was not yet sent. */
export function remember({ kid, name, authority, head }, unsent) {
  attempt(() => localStorage.setItem(NAME, JSON.stringify({ kid, name, authority, sequence: head.sequence, unsent })));
}

/** What was written down: {kid, name, authority, sequence, unsent}, null if nothing. */
export function remembered() {
  return attempt(() => JSON.parse(localStorage.getItem(NAME)));
}

export function forgotten() {
  attempt(() => localStorage.removeItem(NAME));
}

function attempt(work) {
  try {
    return work();
  } catch {
    return null; // a browser that keeps nothing there either
  }
}
