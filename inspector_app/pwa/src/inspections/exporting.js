// What the server does not hold, as one file that a person carries to a supervisor: the messages as they were signed, and their
// photographs. Each message's signature vouches for it, and for its photographs by their hashes: the file itself needs none.
import { zip } from "./archive.js";
import { inOrder } from "./outbox.js";

/** The file as {name, blob}, of all inspections that the server does not wholly hold; null if there is none. */
export async function exported(store, now) {
  const all = inOrder([...(await store.all("inspections")).values()]).filter(({ held }) => !held);
  if (!all.length) return null;
  const files = {};
  for (const { id, message, photographs } of all) {
    files[`inspections/${id}.cose`] = message;
    for (const sha256 of photographs) {
      const octets = await store.get("photographs", sha256);
      if (octets) files[`photographs/${sha256}.jpg`] = octets;
    }
  }
  const moment = new Date(now).toISOString().replace(/[-:]/g, "").slice(0, 13);
  return { name: `khatm-inspections-${all[0].device.slice(0, 8)}-${moment}.zip`, blob: zip(files) };
}
