// Where citizens ask what became of a notice, as the operator of the host named it, kept for the street without a network. It is no part of
// any verdict, so it is unsigned, as the app itself is.
const PATH = "portal.json";
const PATIENCE_MS = 20_000;
const ORIGIN = /^(?:https:\/\/[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?|http:\/\/(?:localhost|127\.0\.0\.1)(?::[0-9]{1,5})?)$/;

/** The portal that this phone was last told of, `https://HOST`; "" without any. */
export async function kept(store) {
  const told = (await store.get("state", "portal"))?.portal;
  return typeof told === "string" && ORIGIN.test(told) ? told : "";
}

/** Ask the host; without a network, what it said last counts. */
export async function asked(store) {
  try {
    const answer = await fetch(PATH, { cache: "no-cache", credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) await store.put("state", "portal", await answer.json());
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
  }
  return kept(store);
}
