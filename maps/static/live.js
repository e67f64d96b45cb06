/**
 * A map that moves: streets on a canvas beneath what a page draws on top (`over`, an element of the same square). Dragged, pinched, zoomed by
 * wheel, double click and keys. What lies on top is moved along until the page brings it anew (`replace`); the page works without all this.
 *
 * A view is {south, west, north, east} in degrees.
 */

import { Streets } from "./streets.js";

const PAUSE_MS = 250; // after the last movement, until the page is asked for what is on top
const SHARE = 0.2; // of a side: a step by an arrow key
const TAP_PX = 7; // a finger that moved less has tapped
const PINCHED = 1.6; // times as far apart: one level nearer

export const viewOf = (box) => {
  const [south, west, north, east] = box.split(" ").map(Number);
  return { south, west, north, east };
};

export const centreOf = ({ south, west, north, east }) => ({ lat: (south + north) / 2, lon: (west + east) / 2 });

export class LiveMap {
  /**
   * Take the place of `over`, whose dataset says `tiles` (their address), `zooms`, `box`, `level` and `closest`. `rules` is the table of colours.
   * `settled()` is called when the map has come to rest elsewhere, `tapped({lat, lon})` when a place was tapped, or chosen by Enter (the middle).
   */
  constructor(over, rules, { settled, tapped }) {
    const { tiles, zooms, box, level, closest } = over.dataset;
    [this.view, this.level] = [viewOf(box), Number(level)];
    this.#closest = Number(closest);
    this.#told = { settled, tapped };
    this.holder = document.createElement("div");
    this.#canvas = document.createElement("canvas");
    Object.assign(this.holder, { className: "live-map", tabIndex: 0 });
    this.holder.setAttribute("role", "group");
    over.replaceWith(this.holder);
    this.holder.append(this.#canvas);
    this.#streets = new Streets(tiles, zooms.split(" ").map(Number), rules, () => this.#draw());
    this.replace(over);
    this.#listen();
  }

  #canvas;
  #closest;
  #fingers = new Map();
  #over = null;
  #shown;
  #streets;
  #told;
  #turned = 0;
  #waiting = 0;

  /** Put another drawing on top, of where the map is now. */
  replace(over) {
    this.holder.setAttribute("aria-label", over.getAttribute("aria-label") ?? over.getAttribute("alt"));
    if (this.#over === null) this.holder.append(over);
    else if (this.#over !== over) this.#over.replaceWith(over);
    this.#over = over;
    this.#shown = { ...this.view };
    this.#place();
    requestAnimationFrame(() => this.#draw());
  }

  /** Move the view by shares of its sides. */
  move(east, north) {
    const { view } = this;
    const [wide, tall] = [(view.east - view.west) * east, (view.north - view.south) * north];
    this.view = { south: view.south + tall, north: view.north + tall, west: view.west + wide, east: view.east + wide };
    this.#changed();
  }

  /** Come so many levels nearer (each half as wide), as far as there are some. */
  zoom(steps) {
    const level = Math.min(Math.max(this.level + steps, 0), this.#closest);
    const share = 2 ** (this.level - level) / 2;
    const { lat, lon } = centreOf(this.view);
    const [tall, wide] = [(this.view.north - this.view.south) * share, (this.view.east - this.view.west) * share];
    this.view = { south: lat - tall, north: lat + tall, west: lon - wide, east: lon + wide };
    if (level === this.level) return;
    this.level = level;
    this.#changed();
  }

  /** Look at a place from a level. */
  show({ lat, lon }, level) {
    const share = 2 ** (this.level - level);
    const [tall, wide] = [((this.view.north - this.view.south) * share) / 2, ((this.view.east - this.view.west) * share) / 2];
    this.level = level;
    this.view = { south: lat - tall, north: lat + tall, west: lon - wide, east: lon + wide };
    this.#changed();
  }

  /** Where a place is on the map, as shares of its sides from its left and its top. */
  place({ lat, lon }) {
    const { south, west, north, east } = this.view;
    return [(lon - west) / (east - west), (north - lat) / (north - south)];
  }

  #changed() {
    requestAnimationFrame(() => this.#draw());
    this.#place();
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => this.#told.settled(), PAUSE_MS);
  }

  #draw() {
    const side = Math.round(this.holder.clientWidth * Math.min(devicePixelRatio, 2));
    if (side > 0 && this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    this.#streets.draw(this.#canvas, this.view);
    this.#canvas.dataset.drawn = Number(this.#canvas.dataset.drawn ?? 0) + 1;
  }

  /** Lay what is on top where it belongs while the map has moved on. */
  #place() {
    const { lat, lon } = centreOf(this.#shown);
    const [x, y] = this.place({ lat, lon });
    const times = (this.#shown.north - this.#shown.south) / (this.view.north - this.view.south);
    const still = Math.abs(x - 0.5) < 1e-9 && Math.abs(y - 0.5) < 1e-9 && Math.abs(times - 1) < 1e-9;
    if (still) this.#over.removeAttribute("style");
    else this.#over.style.transform = `translate(${(x - 0.5) * 100}%, ${(y - 0.5) * 100}%) scale(${times})`;
  }

  #listen() {
    const { holder } = this;
    new ResizeObserver(() => this.#draw()).observe(holder);
    holder.addEventListener("pointerdown", (event) => this.#down(event));
    holder.addEventListener("pointermove", (event) => this.#follow(event));
    holder.addEventListener("pointerup", (event) => this.#up(event, true));
    holder.addEventListener("pointercancel", (event) => this.#up(event, false));
    holder.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    holder.addEventListener("keydown", (event) => this.#press(event));
    if (!this.#told.tapped) holder.addEventListener("dblclick", () => this.zoom(1)); // where a tap chooses, two taps choose twice
  }

  #down(event) {
    if (event.button !== 0 || event.target.closest("a")) return;
    this.#fingers.set(event.pointerId, { from: [event.clientX, event.clientY], at: [event.clientX, event.clientY], moved: false });
    if (this.#fingers.size > 1) for (const each of this.#fingers.values()) each.moved = true; // no tap
    this.holder.setPointerCapture(event.pointerId);
  }

  #follow(event) {
    const finger = this.#fingers.get(event.pointerId);
    if (!finger) return;
    const apart = this.#apart();
    const [x, y] = finger.at;
    finger.at = [event.clientX, event.clientY];
    finger.moved ||= Math.hypot(finger.at[0] - finger.from[0], finger.at[1] - finger.from[1]) >= TAP_PX;
    if (this.#fingers.size > 1) this.#pinch(apart);
    else if (finger.moved) this.move((x - event.clientX) / this.holder.clientWidth, (event.clientY - y) / this.holder.clientHeight);
  }

  #pinch(before) {
    this.#turned += Math.log(this.#apart() / Math.max(before, 1)) / Math.log(PINCHED);
    const steps = Math.trunc(this.#turned);
    this.#turned -= steps;
    if (steps) this.zoom(steps);
  }

  #apart() {
    const [one, two] = [...this.#fingers.values()];
    return two ? Math.hypot(one.at[0] - two.at[0], one.at[1] - two.at[1]) : 0;
  }

  #up(event, lifted) {
    const finger = this.#fingers.get(event.pointerId);
    this.#fingers.delete(event.pointerId);
    this.#turned = 0;
    if (!finger || finger.moved || !lifted || !this.#told.tapped) return;
    const { left, top, width, height } = this.holder.getBoundingClientRect();
    this.#choose((event.clientX - left) / width, (event.clientY - top) / height);
  }

  #choose(x, y) {
    const { south, west, north, east } = this.view;
    this.#told.tapped({ lat: north - y * (north - south), lon: west + x * (east - west) });
  }

  #wheel(event) {
    event.preventDefault();
    if (this.#wheeling || Math.abs(event.deltaY) <= 3) return;
    this.#wheeling = setTimeout(() => {
      this.#wheeling = 0;
    }, PAUSE_MS);
    this.zoom(event.deltaY < 0 ? 1 : -1);
  }

  #wheeling = 0;

  #press(event) {
    const steps = { ArrowUp: [0, SHARE], ArrowDown: [0, -SHARE], ArrowLeft: [-SHARE, 0], ArrowRight: [SHARE, 0] };
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.holder) return;
    if (steps[event.key]) this.move(...steps[event.key]);
    else if (event.key === "+" || event.key === "=") this.zoom(1);
    else if (event.key === "-") this.zoom(-1);
    else if (event.key === "Enter" && this.#told.tapped) this.#choose(0.5, 0.5);
    else return;
    event.preventDefault();
  }
}
