/**
 * Where a license is valid, where somebody stands, and how far apart the two are.
 *
 * Coordinates are WGS 84 degrees. Small lengths are whole decimetres so that every language compares the same integers.
 *
 *     point = {latitude, longitude}                                  degrees
 *     site  = {point, radiusM, footprint}                            a radius in metres, or a footprint (then the radius is 0)
 *     fix   = {latitude, longitude, accuracyM, measuredAt, confidence = 68, source}   measuredAt is a Date
 *
 * A footprint is an array of corners [east, north], decimetres from the site point, and empty where there is none. `accuracyM` is a radius
 * that holds the true place with `confidence` percent (68 or 95).
 */

import geographiclib from "geographiclib-geodesic";

import { roundHalfEven } from "./rounding.js";

export const RADIUS_MAX_M = 150;
export const FOOTPRINT_EXTENT_DM = 5_000; // 500 m
export const FOOTPRINT_CORNERS_MAX = 24;
export const FOOTPRINT_MARGIN_M = 25; // how near the edge of a footprint still counts as there
export const PLANE_LIMIT_M = 2_000; // beyond this the local plane is not used
const { Geodesic } = geographiclib;
const GEODESIC = new Geodesic.Geodesic(6_378.137, 1 / 298.257223563); // WGS 84 (Karney 2013), in kilometres as geopy has it
const A = 6_378_137; // WGS 84 semi-major axis, metres
const E2 = 6.694_379_990_141_316e-3; // first eccentricity squared

/** Return how far from the point, or from the footprint's edge, still counts as here, in decimetres. */
export function reachDm(site) {
  return 10 * (site.footprint.length > 0 ? FOOTPRINT_MARGIN_M : site.radiusM);
}

/** Return the accuracy of a fix at 95 %. In two dimensions sqrt(ln 0.05 / ln 0.32) = 1.62 times the one at 68 %. */
export function uncertaintyM(fix) {
  return fix.confidence === 95 ? fix.accuracyM : 1.62 * fix.accuracyM;
}

/** Return metres per degree of longitude and of latitude at `latitude` (degrees), from the WGS 84 radii of curvature. */
export function scale(latitude) {
  const phi = radians(latitude);
  const w = 1 - E2 * Math.sin(phi) ** 2;
  const normal = A / Math.sqrt(w);
  const meridian = (A * (1 - E2)) / (w * Math.sqrt(w));
  return [radians(normal * Math.cos(phi)), radians(meridian)];
}

/**
 * Return where a position lies on the local plane at `origin`: [east, north], metres.
 *
 * At 31° north good to 1 cm at 700 m and 8 cm at 2 km; not for places farther than that.
 */
export function offset(origin, latitude, longitude) {
  const [perLon, perLat] = scale(origin.latitude);
  return [(longitude - origin.longitude) * perLon, (latitude - origin.latitude) * perLat];
}

/** Return metres from a position to the site: to its point (geodesic), or to its footprint (0 inside). */
export function distanceM(site, latitude, longitude) {
  const { point } = site;
  const metres = 1000 * GEODESIC.Inverse(point.latitude, point.longitude, latitude, longitude, Geodesic.DISTANCE).s12;
  if (site.footprint.length === 0 || metres > PLANE_LIMIT_M) return metres;
  const here = offset(point, latitude, longitude);
  const ring = site.footprint.map(([east, north]) => [east / 10, north / 10]);
  return distanceToRing(ring, here);
}

/**
 * Return the initial bearing from `start` to `end`, whole degrees clockwise from north (0–359), on a sphere.
 *
 * Written with differences, as docs/format.md §9.2 has it: the textbook's formula subtracts two numbers that are nearly equal where the
 * places are near, and then the last bits of each language's sines decide.
 */
export function bearingDegrees(start, end) {
  const [phi1, phi2] = [radians(start.latitude), radians(end.latitude)];
  const [deltaPhi, delta] = [radians(end.latitude - start.latitude), radians(end.longitude - start.longitude)];
  const east = Math.sin(delta) * Math.cos(phi2);
  const north = Math.sin(deltaPhi) + 2 * Math.sin(phi1) * Math.cos(phi2) * Math.sin(delta / 2) ** 2;
  return (roundHalfEven(Math.atan2(east, north) * (180 / Math.PI)) + 360) % 360;
}

/** Say whether `spot` lies inside the ring, by the even-odd rule (a point exactly on the edge may fall either way). */
export function inside(ring, spot) {
  const [x, y] = spot;
  let result = false;
  let previous = ring.at(-1);
  for (const corner of ring) {
    if (corner[1] > y !== previous[1] > y) {
      const crossing = ((previous[0] - corner[0]) * (y - corner[1])) / (previous[1] - corner[1]) + corner[0];
      if (x < crossing) result = !result;
    }
    previous = corner;
  }
  return result;
}

/** Return the distance from `spot` to the area of the ring, 0 inside, in the ring's unit. */
export function distanceToRing(ring, spot) {
  if (inside(ring, spot)) return 0;
  return Math.min(...ring.map((corner, i) => toSegment(spot, ring.at(i - 1), corner)));
}

function toSegment(spot, start, end) {
  const [dx, dy] = [end[0] - start[0], end[1] - start[1]];
  const square = dx * dx + dy * dy;
  let along = 0;
  if (square > 0) {
    along = Math.min(1, Math.max(0, ((spot[0] - start[0]) * dx + (spot[1] - start[1]) * dy) / square));
  }
  return Math.hypot(spot[0] - start[0] - along * dx, spot[1] - start[1] - along * dy);
}

/**
 * Return the code of what is wrong with a footprint, or null.
 *
 * `footprint_invalid`: fewer than 3 or more than 24 corners, no area, a corner twice, or edges that cross;
 * `footprint_too_large`: wider or higher than 500 m, or more than 500 m from the site point.
 */
export function footprintFault(corners) {
  if (!(corners.length >= 3 && corners.length <= FOOTPRINT_CORNERS_MAX)) return "footprint_invalid";
  const easts = corners.map((corner) => corner[0]);
  const norths = corners.map((corner) => corner[1]);
  if (extent(easts) > FOOTPRINT_EXTENT_DM || extent(norths) > FOOTPRINT_EXTENT_DM) return "footprint_too_large";
  if (new Set(corners.map(String)).size !== corners.length || crossesItself(corners) || doubleArea(corners) === 0) {
    return "footprint_invalid";
  }
  return null;
}

/** Return how far apart the numbers and 0, the site point, lie. */
function extent(numbers) {
  const all = [...numbers.map(Number), 0]; // of a number beyond 2**53 only the size counts here
  return Math.max(...all) - Math.min(...all);
}

function doubleArea(ring) {
  return ring.reduce((total, corner, i) => total + ring.at(i - 1)[0] * corner[1] - corner[0] * ring.at(i - 1)[1], 0);
}

function turn(a, b, c) {
  return Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
}

/** Say whether the closed segments ab and cd share a point. */
function touches(a, b, c, d) {
  const turns = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (turns[0] !== turns[1] && turns[2] !== turns[3]) return true;
  const on = [[a, b, c], [a, b, d], [c, d, a], [c, d, b]];
  return on.some(([p, q, r], i) => turns[i] === 0 && between(p[0], r[0], q[0]) && between(p[1], r[1], q[1]));
}

function between(one, number, other) {
  return Math.min(one, other) <= number && number <= Math.max(one, other);
}

function crossesItself(ring) {
  const count = ring.length;
  for (let i = 0; i < count; i++) {
    for (let j = i + 2; j < count; j++) {
      // edges that share a corner touch there, and may
      if ((j + 1) % count !== i && touches(ring[i], ring[(i + 1) % count], ring[j], ring[(j + 1) % count])) return true;
    }
  }
  return false;
}

function radians(degrees) {
  return degrees * (Math.PI / 180);
}
