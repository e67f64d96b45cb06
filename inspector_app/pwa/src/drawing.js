// A site as a small drawing, north up: radius or footprint, the site point, where somebody stands, and a line from one to the other.
// The twin of verifier/drawing.py; where streets are at hand they lie beneath.
import { offset, uncertaintyM } from "./core.js";
import { drawn } from "./dom.js";
import { say } from "./words.js";

const SIDE = 240; // units of the drawing
const MIDDLE = SIDE / 2;
const FILL = 0.78; // how much of it the content takes
const NEAR = 6; // a fix farther than so many times the site's size stands at the edge, as an arrow
const STEPS = [200, 100, 50, 20, 10, 5, 2, 1]; // metres

/** Where everything lies, in units of a square 240 wide, y downwards; `unit` is one metre. */
export function plan(site, fix) {
  const corners = site.footprint.map(([east, north]) => [east / 10, north / 10]);
  const size = corners.length ? Math.max(...corners.flat().map(Math.abs)) : site.radiusM;
  const you = fix ? offset(site.point, fix.latitude, fix.longitude) : null;
  const far = you && Math.hypot(...you) > size * NEAR;
  const reach = you && !far ? Math.max(...you.map(Math.abs)) : 0;
  const unit = (SIDE * FILL) / 2 / Math.max(size, reach);
  const place = ([east, north]) => [MIDDLE + east * unit, MIDDLE - north * unit];
  return {
    unit,
    far,
    circle: corners.length ? null : site.radiusM * unit,
    outline: corners.map(place),
    you: you && (far ? edge(you) : place(you)),
    around: fix && !far ? Math.max(uncertaintyM(fix) * unit, 6) : 0,
    bar: STEPS.find((step) => step * unit <= SIDE / 3) ?? 1,
  };
}

function edge([east, north]) {
  const share = (MIDDLE - 14) / Math.hypot(east, north);
  return [MIDDLE + east * share, MIDDLE - north * share];
}

const round = (number) => Math.round(number * 10) / 10;

/** The drawing as SVG, upon the streets of `ground` where there are some. */
export function drawing(site, fix, language, ground = null) {
  const { unit, far, circle, outline, you, around, bar } = plan(site, fix);
  const length = round(bar * unit);
  const at = you?.map(round);
  const svg = drawn(
    "svg",
    {
      class: "drawing",
      viewBox: `0 0 ${SIDE} ${SIDE}`,
      role: "img",
      "aria-label": say(fix ? "site_drawing_you" : "site_drawing", language),
    },
    drawn("path", { class: "grid", d: "M60 0V240M120 0V240M180 0V240M0 60H240M0 120H240M0 180H240" }),
    circle && drawn("circle", { class: "extent", cx: MIDDLE, cy: MIDDLE, r: round(circle) }),
    outline.length > 0 && drawn("polygon", { class: "extent", points: outline.map((corner) => corner.map(round).join(",")).join(" ") }),
    you && drawn("path", { class: "way", d: `M${at}L${MIDDLE},${MIDDLE}` }),
    drawn("circle", { class: "point", cx: MIDDLE, cy: MIDDLE, r: 5 }),
    you && !far && drawn("circle", { class: "around", cx: at[0], cy: at[1], r: round(around) }),
    you && drawn("circle", { class: "you", cx: at[0], cy: at[1], r: 6 }),
    you &&
      drawn(
        "text",
        {
          class: "you-name",
          x: Math.min(SIDE - 24, Math.max(24, at[0])),
          y: at[1] > 30 ? at[1] - 11 : at[1] + 20,
          "text-anchor": "middle",
        },
        say("site_you", language),
      ),
    drawn(
      "g",
      { class: "north" },
      drawn("path", { d: "M222 34V12M216 19l6-8 6 8" }),
      drawn("text", { x: 222, y: 50, "text-anchor": "middle" }, say("site_north", language)),
    ),
    drawn(
      "g",
      { class: "scale" },
      drawn("path", { d: `M10 226v6h${length}v-6` }),
      drawn("text", { x: 10, y: 221, "text-anchor": language === "en" ? "start" : "end" }, say("metres_value", language, { number: bar })),
    ),
  );
  return ground ? ground.under(svg, site.point, { side: SIDE, unit, language, say: (code) => say(code, language) }) : svg;
}
