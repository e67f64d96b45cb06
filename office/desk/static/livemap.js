// The map of a form, moved by the hand: a tap fills the boxes, which are sent as if they had been typed. Without it, each click is sent.
import { centreOf, LiveMap } from "./map/live.js";

const DIGITS = 5; // as the server writes positions
const METRES_PER_DEGREE = 111_320;
const SVG = "http://www.w3.org/2000/svg";

export async function begin(form, picture) {
  const rules = await fetch(new URL("./map/style.json", import.meta.url)).then((answer) => answer.json());
  const address = new URL(picture.src);
  const over = document.createElement("img");
  Object.assign(over, { className: "over", alt: "", src: overlay(address), draggable: false });
  Object.assign(over.dataset, picture.dataset);
  over.setAttribute("aria-label", picture.dataset.label);
  picture.replaceWith(over);
  const live = new LiveMap(over, rules, { settled: () => settle(live, form, address), tapped: (spot) => take(live, form, spot) });
  const pin = document.createElementNS(SVG, "svg");
  pin.setAttribute("class", "pin");
  pin.setAttribute("viewBox", "0 0 100 100");
  pin.setAttribute("aria-hidden", "true");
  live.holder.append(pin);
  live.pin = () => draw(live, form, pin);
  new MutationObserver(live.pin).observe(live.holder.querySelector("canvas"), { attributeFilter: ["data-drawn"] });
  form.addEventListener("input", live.pin);
  tools(live, form);
  lead(live, form);
  document.querySelector("#map-hint").textContent = form.querySelector(".map-tools").dataset.hint;
}

function overlay(address) {
  address.searchParams.set("over", "1");
  return address.href;
}

/** The buttons beside the map move it; the rest of them is sent. */
function tools(live, form) {
  const steps = { in: () => live.zoom(1), out: () => live.zoom(-1), north: () => live.move(0, 0.35), south: () => live.move(0, -0.35), east: () => live.move(0.35, 0), west: () => live.move(-0.35, 0) };
  for (const button of form.querySelectorAll('.map-tools button[name="map"]')) {
    button.disabled = false;
    button.addEventListener("click", (event) => {
      event.preventDefault();
      steps[button.value]();
    });
  }
}

/** What was found by name is looked at, and nothing is sent for it. */
function lead(live, form) {
  for (const button of form.querySelectorAll(".hits button")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const [, level, lat, lon] = button.value.split(":").map(Number);
      live.show({ lat, lon }, level);
      live.holder.focus();
    });
  }
}

/** The map has come to rest: what is on top is drawn anew for there, and the form remembers where it looked. */
async function settle(live, form, address) {
  const { lat, lon } = centreOf(live.view);
  for (const [name, value] of [["level", Math.max(live.level, 1)], ["lat", lat.toFixed(6)], ["lon", lon.toFixed(6)]]) {
    form.elements[name].value = value;
    address.searchParams.set(name, value);
  }
  const fresh = live.holder.querySelector(".over").cloneNode();
  fresh.src = overlay(address);
  const asked = { ...live.view };
  await fresh.decode().catch(() => null);
  if (asked.west === live.view.west && asked.north === live.view.north && asked.south === live.view.south) live.replace(fresh);
}

function take(live, form, { lat, lon }) {
  const spot = [lat.toFixed(DIGITS), lon.toFixed(DIGITS)];
  const outline = form.elements.footprint;
  if (outline && form.elements.as?.value === "corner") {
    outline.value = [...corners(form).map((corner) => corner.map((each) => each.toFixed(DIGITS)).join(", ")), spot.join(", ")].join("\n");
    outline.closest("details").open = true;
    if (form.elements.radius_m) form.elements.radius_m.value = "";
  }
  if (form.elements.as?.value !== "corner" || !point(form)) [form.elements.latitude.value, form.elements.longitude.value] = spot;
  const placed = document.querySelector("#placed");
  placed.className = "note";
  placed.textContent = `\u2066${spot.join(", ")}\u2069`;
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

const number = (text) => (/^\s*-?\d{1,3}(\.\d+)?\s*$/.test(text ?? "") ? Number(text) : NaN);

/** The point that is typed in plain digits; anything else the server understands, and draws when it is sent. */
function point(form) {
  const [lat, lon] = [number(form.elements.latitude.value), number(form.elements.longitude.value)];
  return Number.isNaN(lat + lon) ? null : { lat, lon };
}

function corners(form) {
  const lines = (form.elements.footprint?.value ?? "").split("\n").map((line) => line.split(",").map(number));
  return lines.filter((pair) => pair.length === 2 && !pair.some(Number.isNaN));
}

function draw(live, form, pin) {
  const spot = point(form);
  const ring = corners(form).map(([lat, lon]) => live.place({ lat, lon }).map((share) => share * 100));
  const metres = (live.view.north - live.view.south) * METRES_PER_DEGREE;
  const radius = ring.length ? 0 : (number(form.elements.radius_m?.value) / metres) * 100 || 0;
  const parts = [];
  if (ring.length) parts.push(shape("polygon", { points: ring.map((pair) => pair.join(",")).join(" "), class: "reach-of" }));
  for (const [x, y] of ring) parts.push(shape("circle", { cx: x, cy: y, r: 1.2, class: "corner" }));
  if (spot) {
    const [x, y] = live.place(spot).map((share) => share * 100);
    if (radius) parts.push(shape("circle", { cx: x, cy: y, r: radius, class: "reach-of" }));
    parts.push(shape("path", { d: `M${x} ${y}l-2.5 -4.4a3 3 0 1 1 5 0z`, class: "at" }));
  }
  pin.replaceChildren(...parts);
}

function shape(name, given) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) made.setAttribute(key, value);
  return made;
}
