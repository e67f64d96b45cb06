// Who uses this phone: signed in with the server, and for twelve hours without it.
import * as api from "./api.js";
import { current } from "./saving.js";

/** Who is signed in at `now` (seconds): {officer, display, until}, null if nobody, or no longer. */
export async function signedIn(store, now) {
  const session = await store.get("device", "session");
  return session && now < session.until && now >= session.since - CLOCK ? session : null;
}

const CLOCK = 600; // seconds that a clock may be put back before a sign-in no longer counts
const LONGEST = 12 * 3600;

/** Sign in. Rejects with Unreachable or Refused. */
export async function signIn(store, typed, now) {
  const { token } = await current(store);
  const { officer, display, until } = await api.signIn(token, typed);
  const session = { officer, display, until: Math.min(Number(until) || 0, now + LONGEST), since: now };
  await store.put("device", "session", session);
  return session;
}

/** Sign out here, and with the server if it can be reached. */
export async function signOut(store) {
  const { token } = await current(store);
  await store.write([["device", "session", undefined]]);
  await api.signOut(token).catch((error) => {
    if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
  });
}
