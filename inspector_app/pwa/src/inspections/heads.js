// The chain of this phone beside the server's signed head of it: who knows more, and what to do about it. Pure.
//
// The server confirms nothing that it could later deny: what it once confirmed must stand below its head for ever.
// Behind a gap the server does not name the newest that it has, so a tail cut off there shows when the gap is filled.

/**
 * Compare the phone's own head with the server's: {sequence, digest (hex, null at 0)} each. The server's is the end up to which nothing is
 * missing there; `gaps` are the numbers that it lacks beyond. `before` is the head that it signed last time, null for none.
 *
 * Returns {verdict, resend}: "agrees", "behind" (the server knows inspections that this phone has lost), "forked" (one number, two
 * inspections), or "cut" (the server no longer has what it confirmed); `resend` are those of `kept` to send once more.
 */
export function compared(own, server, before, kept) {
  const { sequence, gaps } = server;
  if (sequence > own.sequence) return { verdict: "behind", resend: [] };
  const same = digestAt(sequence, own, kept);
  if (sequence > 0 && same !== null && same !== server.digest) return { verdict: "forked", resend: [] };
  const lost = kept.filter((one) => confirmed(one) && (gaps.length ? gaps.includes(one.sequence) : one.sequence > sequence));
  const gone = gaps.some((number) => !kept.some((one) => one.sequence === number));
  return { verdict: lost.length || gone || sequence < (before?.sequence ?? 0) ? "cut" : "agrees", resend: lost };
}

const confirmed = ({ state }) => state === "confirmed" || state === "sent";

/** The digest of this phone's inspection with a number, null if it is no longer here. */
function digestAt(sequence, own, kept) {
  if (sequence === own.sequence) return own.digest;
  return kept.find((one) => one.sequence === sequence)?.digest ?? null;
}
