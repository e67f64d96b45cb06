// The way into the inspector's part of the app (inspections/), which citizens' phones never fetch.
const KEPT = "khatm-officer"; // a cache of this name tells the service worker to keep the part

/** Whether this phone belongs to an authority, or did before its storage was cleared. */
export async function belongs(store) {
  return Boolean((await store.get("device", "current")) ?? remembered());
}

function remembered() {
  try {
    return localStorage.getItem("khatm-device");
  } catch {
    return null; // a browser that keeps nothing
  }
}

/** Fetch the part. Rejects without a network, where it is not kept. */
export const room = () => import("./inspections/room.js");

/** Have the service worker keep the part, now and in every version to come. */
export async function kept() {
  if (!globalThis.caches) return;
  await caches.open(KEPT);
  if (!(await navigator.serviceWorker?.getRegistration())) return; // no service worker: the app works with a network only
  const { active: worker } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    worker.postMessage("officer", [port2]);
  });
}

/** Whether a scanned text is meant for enrolling a phone: it is on a screen of the office. */
export const isEnrolment = (text) => /^KHATM-ENROL:/i.test(text);
