// Keeps one version of the app, whole, for the street without a network. A new version is fetched beside it and waits until a person takes
// it or the app is closed: an update never interrupts a scan. Signed lists are none of its business; the app keeps those itself.
const KEPT = `khatm-app-${VERSION}`;
const TILES = "khatm-tiles";
const TILES_MOST = 1000; // some 20 MB
const FILES = new Set(PRECACHE.map((name) => new URL(name, self.registration.scope).href));
const OFFICERS = new Set(OFFICER_FILES.map((name) => new URL(name, self.registration.scope).href)); // kept on phones of an authority only
const OFFICER = "khatm-officer";
const HOME = new URL("./", self.registration.scope).href;
const TILE = /\/tiles\/([0-9a-f]{12})\/\d+\/\d+\/\d+\.mvt$/;

// Names with a hash never change, so the browser's own cache may give them: nothing is fetched twice at the first visit.
const HASHED = /-[A-Z0-9]{8}\.[a-z0-9]+$/;

async function keep() {
  await add(FILES);
  if (await caches.has(OFFICER)) await add(OFFICERS);
}

async function add(files) {
  const cache = await caches.open(KEPT);
  await cache.addAll([...files].map((address) => new Request(address, { cache: HASHED.test(address) ? "default" : "no-cache" })));
}

async function addMissing(files) {
  const cache = await caches.open(KEPT);
  const held = await Promise.all([...files].map((address) => cache.match(address)));
  await add([...files].filter((_, i) => !held[i]));
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("khatm-app-") && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function kept(address) {
  // Not by opening the cache: that would make a new one where the next version has just tidied up.
  return (await caches.match(address, { cacheName: KEPT })) ?? fetch(address); // a browser may have thrown a file away
}

async function tile(request) {
  const cache = await caches.open(TILES);
  const held = await cache.match(request);
  if (held) return held;
  const answer = await fetch(request);
  if (answer.ok) { // 204 too: nothing is there, and stays so in this version of the map
    const version = TILE.exec(request.url)[1];
    const held = await cache.keys(); // the oldest first
    const gone = held.filter(({ url }, at) => at < held.length - TILES_MOST || TILE.exec(url)?.[1] !== version);
    await Promise.all(gone.map((each) => cache.delete(each)));
    await cache.put(request, answer.clone());
  }
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("message", ({ data, ports }) => {
  if (data === "activate") self.skipWaiting();
  if (data === "version") ports[0].postMessage(VERSION);
});
self.addEventListener("message", (event) => {
  const { data, ports } = event;
  const told = (good) => ports[0].postMessage(good);
  if (data === "officer") event.waitUntil(addMissing(OFFICERS).then(() => told(true), () => told(false)));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = request.url.replace(/[?#].*$/, "");
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && address === HOME) event.respondWith(kept(HOME));
  else if (FILES.has(address) || OFFICERS.has(address)) event.respondWith(kept(address));
  else if (TILE.test(address)) event.respondWith(tile(request));
});
