// Where a license is valid, how far away that is, and what the phone knows of its own position.
import { direction, distance, positionText } from "../core.js";
import { element, sign } from "../dom.js";
import { drawing } from "../drawing.js";
import { panel, row } from "./parts.js";

/** The panel about the place. */
export function where(app, page) {
  const { site, verdict } = page;
  const fix = app.scan.fix;
  const { latitude, longitude } = verdict.license.site;
  const position = positionText({ latitude, longitude });
  const extent = site.footprint.length ? app.say("site_footprint") : app.say("site_radius", { number: site.radiusM });
  return panel(
    app,
    "section_site",
    far(app, verdict),
    standing(app, verdict),
    element(
      "div",
      { class: "beside" },
      drawing(site, fix, app.language, app.map),
      element(
        "dl",
        {},
        row({ label: app.say("site_extent"), value: extent }),
        row({ label: app.say("site_coordinates"), value: position, ltr: true }),
        element(
          "div",
          {},
          element("dt", { class: "unseen" }, app.say("label_site")),
          element("dd", {}, element("a", { href: `geo:${position.replace(" ", "")}?q=${position.replace(" ", "")}` }, app.say("open_geo"))),
        ),
      ),
    ),
  );
}

/** How far it is, and which way: the largest words of the panel. A way that the measurement cannot tell is not shown. */
function far(app, { findings, license }) {
  const { detail, code } = findings.at(-1);
  if (detail.distance_dm === undefined) return null;
  const known = detail.distance_dm > detail.uncertainty_dm;
  const arrow = element(
    "span",
    { class: `needle wind-${Math.round(detail.bearing / 45) % 8}`, "aria-hidden": true },
    sign(known ? "north" : "place"),
  );
  const words = element(
    "p",
    {},
    element("span", { class: "unseen" }, `${app.say("distance_title")}: `),
    element("b", {}, way(app, detail, license, known)),
  );
  return element("div", { class: known ? "far" : "far near", "data-place": code }, arrow, words);
}

function way(app, detail, license, known) {
  const said = { distance: distance(detail.distance_dm, app.language), direction: direction(detail.bearing, app.language) };
  if (!license.site.footprint_m) return app.say(known ? "distance_way" : "distance_near", said);
  if (detail.distance_dm === 0) return app.say("distance_inside");
  return app.say(known ? "distance_edge_way" : "distance_edge", said);
}

const NO_PLACE = { refused: "place_refused_app", absent: "place_absent", unavailable: "place_unavailable_app" };

const TOO_COARSE = ["site_too_close", "fix_inaccurate", "fix_old"];

/** What the phone knew of its position, what would help, and a way to measure once more. */
function standing(app, { findings }) {
  const { scan } = app;
  const again = { type: "button", id: "compare-again", onclick: () => app.judging.again() };
  return element(
    "div",
    { class: "position" },
    measuring(app),
    TOO_COARSE.includes(findings.at(-1).code) && element("p", { class: "advice" }, app.say("place_closer")),
    !scan.live && element("button", again, sign("place"), app.say(scan.fix ? "compare_again" : "place_find")),
  );
}

function measuring({ scan, whereabouts, say }) {
  const { state } = whereabouts;
  const progress = (words) => element("p", { class: "progress" }, words);
  const fix = scan.live ? whereabouts.recent : scan.fix;
  if (fix) return progress(say(scan.live ? "place_better" : "place_now", { number: Math.round(fix.accuracy) }));
  if (scan.recalled) return progress(say("place_recalled"));
  if (scan.live && !(state in NO_PLACE)) return progress(say("place_waiting"));
  const why = state in NO_PLACE ? state : "unavailable";
  return element("p", { class: "caution", id: "no-place", "data-state": why }, say(NO_PLACE[why]));
}
