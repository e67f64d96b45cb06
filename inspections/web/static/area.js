// The map works by links. With this it can be dragged, and zoomed by wheel, double click and keys; points come from the same page.
import { Streets } from "./map/streets.js";

const PAUSE_MS = 250; // after the last movement, until points are asked for
const SHARE = 0.2; // of a side: a step by an arrow key
let picture = document.querySelector("svg.moves");
let live = null;

if (picture) begin();

async function begin() {
  const rules = await fetch("/inspections/static/map/style.json").then((answer) => answer.json());
  const canvas = document.createElement("canvas");
  const holder = document.createElement("div");
  holder.className = "live-map";
  holder.tabIndex = 0;
  holder.setAttribute("role", "group");
  holder.setAttribute("aria-label", picture.getAttribute("aria-label"));
  picture.replaceWith(holder);
  holder.append(canvas, picture);
  const zooms = picture.dataset.zooms.split(" ").map(Number);
  live = { holder, canvas, view: viewOf(picture), streets: new Streets(picture.dataset.tiles, zooms, rules, () => draw()) };
  new ResizeObserver(draw).observe(holder);
  holder.addEventListener("pointerdown", drag);
  holder.addEventListener("wheel", wheel, { passive: false });
  holder.addEventListener("dblclick", () => zoom(1));
  holder.addEventListener("keydown", press);
  draw();
}

const viewOf = ({ dataset }) => {
  const [south, west, north, east] = dataset.box.split(" ").map(Number);
  return { south, west, north, east };
};

function draw() {
  const { holder, canvas, streets, view } = live;
  const side = Math.round(holder.clientWidth * Math.min(devicePixelRatio, 2));
  if (canvas.width !== side) canvas.width = canvas.height = side;
  streets.draw(canvas, view);
  canvas.dataset.drawn = Number(canvas.dataset.drawn ?? 0) + 1;
}

/** Move the view by shares of its sides, and the points along with it. */
function move(east, north) {
  const { view } = live;
  const [wide, tall] = [(view.east - view.west) * east, (view.north - view.south) * north];
  Object.assign(view, { south: view.south + tall, north: view.north + tall, west: view.west + wide, east: view.east + wide });
  live.moved = [(live.moved?.[0] ?? 0) - east, (live.moved?.[1] ?? 0) + north];
  picture.style.transform = `translate(${live.moved.map((share) => `${share * 100}%`).join(",")})`;
  requestAnimationFrame(draw);
  later(0);
}

function drag(start) {
  if (start.button !== 0 || start.target.closest("a")) return;
  const { holder } = live;
  let [x, y] = [start.clientX, start.clientY];
  const follow = (event) => {
    move((x - event.clientX) / holder.clientWidth, (event.clientY - y) / holder.clientHeight);
    [x, y] = [event.clientX, event.clientY];
  };
  const end = () => holder.removeEventListener("pointermove", follow);
  holder.setPointerCapture(start.pointerId);
  holder.addEventListener("pointermove", follow);
  holder.addEventListener("pointerup", end, { once: true });
  holder.addEventListener("pointercancel", end, { once: true });
}

function wheel(event) {
  event.preventDefault();
  if (!live.turning && Math.abs(event.deltaY) > 3) {
    live.turning = setTimeout(() => { live.turning = null; }, PAUSE_MS);
    zoom(event.deltaY < 0 ? 1 : -1);
  }
}

function press(event) {
  const steps = { ArrowUp: [0, SHARE], ArrowDown: [0, -SHARE], ArrowLeft: [-SHARE, 0], ArrowRight: [SHARE, 0] };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (steps[event.key]) move(...steps[event.key]);
  else if (event.key === "+" || event.key === "=") zoom(1);
  else if (event.key === "-") zoom(-1);
  else return;
  event.preventDefault();
}

const zoom = (steps) => later(steps);

let waiting = 0;
let steps = 0;
function later(more) {
  steps += more;
  clearTimeout(waiting);
  waiting = setTimeout(arrive, PAUSE_MS);
}

/** Fetch this page as it is for where the map is now, and put its parts in place. */
async function arrive() {
  const { view } = live;
  const address = new URL(location.href);
  const level = Math.min(Math.max(Number(picture.dataset.level) + steps, 0), Number(picture.dataset.closest));
  const centre = { lat: (view.south + view.north) / 2, lon: (view.west + view.east) / 2 };
  steps = 0;
  address.searchParams.set("level", Math.max(level, 1));
  for (const [name, degrees] of Object.entries(centre)) address.searchParams.set(name, degrees.toFixed(6));
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return; // the links are there
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const arrived = fresh.querySelector("svg.moves");
  if (!arrived) return;
  history.replaceState(null, "", address);
  picture.replaceWith(arrived);
  picture = arrived;
  for (const name of ["#map-tools", "#map-total", "#map-fullest"]) document.querySelector(name)?.replaceWith(fresh.querySelector(name));
  live.view = viewOf(picture);
  live.moved = null;
  live.holder.setAttribute("aria-label", picture.getAttribute("aria-label"));
  draw();
}
