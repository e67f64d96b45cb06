// The map works by links. With this it can be dragged, and zoomed by wheel, double click and keys; points come from the same page.
import { centreOf, LiveMap, viewOf } from "./map/live.js";

const picture = document.querySelector("svg.moves");
if (picture) begin();

async function begin() {
  const rules = await fetch("/inspections/static/map/style.json").then((answer) => answer.json());
  const live = new LiveMap(picture, rules, { settled: () => arrive(live) });
}

/** Fetch this page as it is for where the map is now, and put its parts in place. */
async function arrive(live) {
  const address = new URL(location.href);
  address.searchParams.set("level", Math.max(live.level, 1));
  for (const [name, degrees] of Object.entries(centreOf(live.view))) address.searchParams.set(name, degrees.toFixed(6));
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return; // the links are there
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const arrived = fresh.querySelector("svg.moves");
  if (!arrived) return;
  history.replaceState(null, "", address);
  for (const name of ["#map-tools", "#map-total", "#map-fullest"]) document.querySelector(name)?.replaceWith(fresh.querySelector(name));
  [live.view, live.level] = [viewOf(arrived.dataset.box), Number(arrived.dataset.level)];
  live.replace(arrived);
}
