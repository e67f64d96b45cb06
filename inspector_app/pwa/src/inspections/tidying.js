// What may leave the phone: nothing that the server does not hold by hash. Of the rest the newest stay to be read again.
import { inOrder } from "./outbox.js";

export const KEPT = 500; // confirmed inspections
export const PICTURED = 50; // those with their photographs

/** Let the oldest go that the server holds. */
export async function tidied(store) {
  const all = [...(await store.all("inspections")).values()];
  const confirmed = inOrder(all.filter(({ state }) => state === "confirmed")).reverse();
  const bare = confirmed.slice(PICTURED, KEPT).filter(({ pictured }) => pictured !== false);
  const leaving = new Set([...bare, ...confirmed.slice(KEPT)].map(({ id }) => id));
  const staying = new Set(all.filter(({ id }) => !leaving.has(id)).flatMap(({ photographs }) => photographs));
  const gone = confirmed.filter(({ id }) => leaving.has(id)).flatMap(({ photographs }) => photographs.filter((sha256) => !staying.has(sha256)));
  const changes = [
    ...bare.map((kept) => ["inspections", kept.id, { ...kept, pictured: false }]),
    ...confirmed.slice(KEPT).map(({ id }) => ["inspections", id, undefined]),
    ...gone.map((sha256) => ["photographs", sha256, undefined]),
  ];
  if (changes.length) await store.write(changes);
}
