// What is licensed around the inspector, without a network too: a drawing, north up, and the same as a list, the nearest first. What stands
// there and is not in it stands out.
import { drawn, element, patched, sign } from "../../dom.js";
import { distance } from "../../core.js";
import { moment } from "../../words.js";
import * as sites from "../sites.js";
import { numberOf } from "../core.js";
import { beginUnlicensed } from "./acts.js";
import { bottom, button, choices, problem, told } from "./parts.js";

const REACHES = [75, 150, 300]; // metres
const SIDE = 320; // units of the drawing
const MIDDLE = SIDE / 2;
const MOST = 60; // lines of the list
const SEEN_SECONDS = 90 * 86_400;

/** The screen. */
export function nearScreen(app) {
  const { say, inspector } = app;
  const [place, alert] = [element("div", {}), element("div", {})];
  let [held, reach, seen, ready, left] = [null, REACHES[1], new Map(), false, false];

  async function load() {
    [held, seen] = [await inspector.sites(), await lastSeen(inspector, app.seconds())];
    ready = true;
    if (!left) draw();
  }

  function draw() {
    if (!ready) return;
    const fix = app.whereabouts.recent;
    const about = held && fix && { fix, reach, near: held.near, found: held.near.around(fix, reach, { now: app.seconds() }), seen, authority: held.authority };
    patched(place, [
      !held && problem(app, "near_missing"),
      held && element("p", { class: "hint", id: "near-age" }, say("near_age", { moment: moment(held.iat, app.language), number: held.near.length })),
      held && !fix && element("p", { class: "progress", role: "status" }, say(app.whereabouts.state === "refused" ? "place_refused_app" : "near_waiting")),
      about && element("div", { class: "near" }, map(app, about), legend(app)),
      about && element("p", { id: "near-count" }, say(about.found.length ? "near_count" : "near_none", { number: about.found.length, metres: reach })),
      about && element("ol", { class: "log sites" }, about.found.slice(0, MOST).map((site) => line(app, site, about))),
    ]);
  }

  const pick = choices("reach", say("near_reach"), REACHES.map((metres) => [String(metres), say("metres_value", { number: metres })]), String(reach), (value) => {
    reach = Number(value);
    draw();
  });
  const without = button(
    app,
    "record_without",
    () => beginUnlicensed(app).catch((error) => alert.replaceChildren(told(app, error))),
    { id: "near-without", disabled: Boolean(inspector.hindrance) },
  );
  const node = element("section", {}, element("h1", {}, say("near_title")), pick, alert, place, bottom(element("div", { class: "pair" }, without, button(app, "back", () => app.go("scan"), { class: "primary" }))));
  app.whereabouts.start();
  inspector.addEventListener("change", load);
  load();
  return {
    node,
    title: say("near_title"),
    refresh: draw,
    show: () => app.whereabouts.start(),
    leave() {
      left = true;
      inspector.removeEventListener("change", load);
    },
  };
}

/** When this phone last looked at each license, by its number: {number: seconds}. */
async function lastSeen(inspector, now) {
  const all = await inspector.inspections();
  const recent = all.filter(({ about, savedAt }) => about.number && now - savedAt / 1000 < SEEN_SECONDS);
  return new Map(recent.reverse().map(({ about, savedAt }) => [about.number, Math.floor(savedAt / 1000)]));
}

/** The drawing: the inspector in the middle, each site as a shape of its own standing, its reach as a faint circle. */
function map(app, { fix, reach, found }) {
  const unit = (MIDDLE - 12) / reach;
  const narrow = Math.cos((fix.latitude * Math.PI) / 180);
  const at = (site) => [
    MIDDLE + (site.longitude - fix.longitude) * narrow * 111_320 * unit,
    MIDDLE - (site.latitude - fix.latitude) * 111_320 * unit,
  ];
  const around = Math.min(MIDDLE, Math.max(5, fix.accuracy * unit));
  const svg = drawn(
    "svg",
    { class: "drawing near-map", viewBox: `0 0 ${SIDE} ${SIDE}`, role: "img", "aria-label": app.say("near_drawing", { number: found.length, metres: reach }) },
    drawn("circle", { class: "grid", cx: MIDDLE, cy: MIDDLE, r: MIDDLE - 12 }),
    drawn("circle", { class: "grid", cx: MIDDLE, cy: MIDDLE, r: (MIDDLE - 12) / 2 }),
    drawn("circle", { class: "around", cx: MIDDLE, cy: MIDDLE, r: round(around) }),
    [...found].reverse().map((site) => mark(at(site), site)),
    drawn("circle", { class: "you", cx: MIDDLE, cy: MIDDLE, r: 6 }),
    drawn("g", { class: "north" }, drawn("path", { d: "M302 34V12M296 19l6-8 6 8" }), drawn("text", { x: 302, y: 50, "text-anchor": "middle" }, app.say("site_north"))),
  );
  return app.map ? app.map.under(svg, fix, { side: SIDE, unit, say: app.say.bind(app) }) : svg;
}

const round = (number) => Math.round(number * 10) / 10;

const MARKS = {
  valid: "M0-6A6 6 0 1 1 0 6A6 6 0 1 1 0-6",
  expired: "M0-7L7 6H-7Z",
  suspended: "M-6-6H6V6H-6Z",
  revoked: "M-6-3L-3-6L0-3L3-6L6-3L3 0L6 3L3 6L0 3L-3 6L-6 3L-3 0Z",
  not_yet: "M0-7L7 0L0 7L-7 0Z",
};

function mark([x, y], { standing }) {
  return drawn("path", { class: `mark-${standing}`, d: MARKS[standing], transform: `translate(${round(x)} ${round(y)})` });
}

/** What the shapes mean: never by colour alone. */
function legend(app) {
  const one = (standing) =>
    element(
      "li",
      {},
      drawn("svg", { viewBox: "-9 -9 18 18", "aria-hidden": true }, drawn("path", { class: `mark-${standing}`, d: MARKS[standing] })),
      app.say(`standing_${standing}`),
    );
  return element("ul", { class: "legend" }, Object.keys(MARKS).map(one));
}

function line(app, site, { seen, authority, near }) {
  const others = site.standing === "valid" ? near.others(site, app.seconds()).length : 0;
  const number = numberOf(app.lists.prefix, authority, site.cti);
  const last = seen.get(number);
  return element(
    "li",
    { class: `site ${site.standing}`, "data-number": number },
    drawn("svg", { viewBox: "-9 -9 18 18", "aria-hidden": true }, drawn("path", { class: `mark-${site.standing}`, d: MARKS[site.standing] })),
    element(
      "span",
      {},
      element("bdi", { class: "name" }, site.name),
      element("small", {}, `${typeName(app, site.type)} · ${app.say(`standing_${site.standing}`)}`),
      element("small", {}, element("bdi", { dir: "ltr" }, number)),
      element("small", { class: last ? "" : "unseen-yet" }, last ? app.say("near_seen", { moment: moment(last, app.language) }) : app.say("near_unseen")),
      others > 0 && element("small", { class: "shared" }, app.say("near_shared", { number: others })),
    ),
    element("b", {}, sign("place"), distance(Math.round(site.distance * 10), app.language)),
  );
}

function typeName(app, type) {
  return app.lists.trust?.types.get(type)?.[app.language] ?? type;
}
