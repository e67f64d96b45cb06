/**
 * Names along streets on a canvas, the twin of maps/lettering.py: the straightest stretch that has room, none over another, the longest first.
 * Letters are measured here, so that names find room that the server could not count on. Laying out costs most of a drawing, so it is done
 * at most every 300 ms; between, the last names are drawn again where they were.
 */

const PAUSE_MS = 300;
const [APART, AGAIN, MOST, STRAIGHT] = [1.3, 260 / 600, 40, (14 * Math.PI) / 180]; // in sizes; in sides of the picture; names; radians
const [FILL, HALO] = ["#4a4234", "#fffdf5"];

export class Names {
  /** `streets` are drawn on the same canvas; `again` is called when names should be laid out that had to wait. */
  constructor(streets, language, again) {
    this.#streets = streets;
    this.#language = language;
    this.#again = again;
  }

  #again;
  #labels = [];
  #language;
  #laid = -Infinity;
  #streets;
  #waiting = 0;

  /** Draw names with letters of `size` pixels, away from the middle by `clear` pixels. */
  draw(canvas, view, { size, clear }) {
    const paper = canvas.getContext("2d");
    paper.font = `${size}px Cairo, Tahoma, sans-serif`;
    paper.direction = this.#language === "en" ? "ltr" : "rtl";
    if (performance.now() - this.#laid >= PAUSE_MS) {
      this.#labels = place(this.#streets.named(canvas, view), this.#language, { side: canvas.width, size, clear, width: (text) => paper.measureText(text).width });
      this.#laid = performance.now();
    } else if (!this.#waiting) {
      this.#waiting = setTimeout(() => {
        this.#waiting = 0;
        this.#again();
      }, PAUSE_MS);
    }
    write(paper, this.#labels, size);
  }
}

function write(paper, labels, size) {
  Object.assign(paper, { textAlign: "center", textBaseline: "middle", lineWidth: size / 4, lineJoin: "round", strokeStyle: HALO, fillStyle: FILL });
  for (const { text, x, y, angle } of labels) {
    paper.save();
    paper.translate(x, y);
    paper.rotate(angle);
    paper.strokeText(text, 0, 0);
    paper.fillText(text, 0, 0);
    paper.restore();
  }
}

/** Return [{text, x, y, angle}] for [{tags, line: [[x, y], …]}] on a square of `side` pixels; `width` measures a text. */
export function place(named, language, { side, size, clear, width }) {
  const stretches = [];
  for (const { tags, line } of named) {
    const text = (tags[`name:${language}`] || tags.name || "").split(/\s+/).join(" ").trim().slice(0, 60);
    if (!text) continue;
    const [length, middle, angle] = stretch(line, side);
    const wide = length ? width(text) : Infinity;
    if (length >= wide) stretches.push({ text, length, middle, angle, wide });
  }
  stretches.sort((one, two) => two.length - one.length);
  const [labels, taken] = [[], []];
  for (const { text, middle, angle, wide } of stretches) {
    const spots = along(middle, angle, wide, size);
    if (!spots.every((spot) => within(spot, side, size, clear) && apart(spot, text, taken, side, size))) continue;
    labels.push({ text, x: middle[0], y: middle[1], angle });
    taken.push(...spots.map((spot) => [text, spot]));
    if (labels.length === MOST) break;
  }
  return labels;
}

const distance = (one, two) => Math.hypot(one[0] - two[0], one[1] - two[1]);
const heading = (one, two) => Math.atan2(two[1] - one[1], two[0] - one[0]);
const turn = (one, two, three) => ((((heading(one, three) - heading(one, two) + Math.PI) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) - Math.PI;

/** Length, middle and angle of the longest part of a line that is nearly straight and on the picture. */
function stretch(line, side) {
  let [best, start] = [[0, [0, 0], 0], 0];
  for (let end = 1; end < line.length; end += 1) {
    while (start < end - 1 && Math.abs(turn(line[start], line[start + 1], line[end])) > STRAIGHT) start += 1;
    const [one, two] = clipped(line[start], line[end], side);
    const length = distance(one, two);
    if (length <= best[0]) continue;
    let angle = heading(one, two);
    if (angle > Math.PI / 2) angle -= Math.PI;
    else if (angle <= -Math.PI / 2) angle += Math.PI;
    best = [length, [(one[0] + two[0]) / 2, (one[1] + two[1]) / 2], angle];
  }
  return best;
}

/** The part of a line that is on the picture (Liang and Barsky, 1984); its beginning twice, where it is beside it. */
function clipped(one, two, side) {
  let [first, last] = [0, 1];
  for (const axis of [0, 1]) {
    const step = two[axis] - one[axis];
    for (const [way, room] of [[-step, one[axis]], [step, side - one[axis]]]) {
      if (way === 0 && room < 0) return [one, one];
      if (way < 0) first = Math.max(first, room / way);
      else if (way > 0) last = Math.min(last, room / way);
    }
  }
  const at = (share) => [0, 1].map((axis) => one[axis] + (two[axis] - one[axis]) * share);
  return first >= last ? [one, one] : [at(first), at(last)];
}

function along(middle, angle, wide, size) {
  const steps = Math.max(2, Math.ceil(wide / size));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const way = (wide / 2) * ((2 * step) / steps - 1);
    return [middle[0] + Math.cos(angle) * way, middle[1] + Math.sin(angle) * way];
  });
}

const apart = (spot, text, taken, side, size) => taken.every(([said, other]) => distance(spot, other) > (text === said ? AGAIN * side : APART * size));

const within = (spot, side, size, clear) => spot.every((part) => part >= size / 2 && part <= side - size / 2) && distance(spot, [side / 2, side / 2]) >= clear;
