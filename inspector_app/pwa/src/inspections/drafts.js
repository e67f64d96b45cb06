// An inspection that is still being written. It is kept as it grows, for phones close a page while their camera takes a photograph; each
// officer has one. Photographs lie beside it, each once.

/** A draft as it begins. `about` is {kind, code, verdict, lists, scanned, fix, noFix, seen, details, headline}. */
export function begun(about, { officer, display }) {
  return { id: randomId(), officer, display, answers: {}, measured: {}, note: "", photographs: [], result: null, ...about };
}

const randomId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");

const key = (officer) => `draft:${officer}`;
const pictureKey = (sha256) => `photograph:${sha256}`;

/** What an officer has begun, null if nothing. */
export async function kept(store, officer) {
  return (await store.get("drafts", key(officer))) ?? null;
}

/** Keep it as it is now, unless it is signed already; `picture` {sha256, octets} comes with it. */
export function keep(store, draft, picture = null) {
  const beside = picture ? [["drafts", pictureKey(picture.sha256), picture.octets]] : [];
  const unsigned = ["inspections", draft.id, (held) => held === undefined];
  return store.write([["drafts", key(draft.officer), structuredClone(draft)], ...beside], { only: unsigned });
}

export const picture = (store, sha256) => store.get("drafts", pictureKey(sha256));

/** The changes that take it away, with its photographs: for `store.write`. */
export function removal(draft) {
  return [["drafts", key(draft.officer), undefined], ...draft.photographs.map(({ sha256 }) => ["drafts", pictureKey(sha256), undefined])];
}
