// The service worker's other end: registering it, asking which version works offline, and taking a new one only when a person says so.

/** Register the service worker; `ready` is called with a function that takes the new version, once one waits. */
export async function watchUpdates(ready) {
  if (!navigator.serviceWorker) return;
  const registration = await navigator.serviceWorker.register("sw.js", { updateViaCache: "none" }).catch(() => null);
  if (!registration) return; // private browsing, or no secure context: the app works while there is a network
  // At the first visit nothing waits: the only version takes over by itself.
  const look = () => registration.waiting && registration.active && ready(() => take(registration.waiting));
  registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
  addEventListener("online", () => registration.update().catch(() => {}));
  look();
}

function take(waiting) {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.postMessage("activate");
}

/** The version that works offline, null if none does yet. */
export function offlineVersion() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker) return Promise.resolve(null);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
    worker.postMessage("version", [port2]);
  });
}
