// What an inspector can do from the camera and from a verdict: in the thumb's reach, large enough for gloves.
import { element } from "../../dom.js";
import { asObject } from "../../core.js";
import { reachDm } from "../core.js";
import { checklistFor } from "../checklists.js";
import { mayBeInOrder, sighted, unlicensed } from "../sighted.js";
import { button, problem, told } from "./parts.js";

const NAMED = 3; // neighbours called by name

/** Beside "scan the next code" on a verdict: what the place cannot tell, and what to record; null where there is nothing to record. */
export function acts(app, verdict) {
  const about = sighted(app, verdict);
  return about && [shared(app, verdict), recording(app, about)];
}

/** Which other licenses of the same type share the radius; filled once the sites are read, hidden where there are none. */
function shared(app, verdict) {
  const place = element("div", { class: "shared-radius", "data-about": verdict.number ?? "" });
  if (verdict.claims && asObject(verdict).seal === "genuine") {
    othersOf(app, verdict).then((others) => {
      const names = others.slice(0, NAMED).map(({ name }) => name).join("، ");
      if (others.length) place.replaceChildren(element("p", { class: "shared" }, app.say("verdict_shared", { number: others.length, names })));
    });
  }
  return place;
}

async function othersOf(app, { claims, license }) {
  const held = await app.inspector.sites();
  if (held?.authority !== license.authority) return []; // another authority's neighbours are not on this phone
  const { point } = license.site;
  return held.near.others({ ...point, cti: claims.cti, type: license.type, reachM: reachDm(license.site) / 10 }, app.seconds());
}

function recording(app, about) {
  const { code } = about; // the verdict may be another one by the time of the touch, of the same code
  const alert = element("div", {});
  const { hindrance } = app.inspector;
  if (hindrance === "session_over") return element("div", { class: "officer" }, button(app, "signin_to_record", () => app.go("signin"), { id: "sign-in-first" }));
  if (hindrance) return element("div", { class: "officer" }, problem(app, hindrance));
  const tried = (work) => async (event) => {
    event.currentTarget.disabled = true;
    await work().catch((error) => alert.replaceChildren(told(app, error)));
  };
  return element(
    "div",
    { class: "officer" },
    alert,
    element(
      "div",
      { class: "pair" },
      mayBeInOrder(about) && button(app, "all_in_order", tried(() => inOrder(app, code)), { id: "all-in-order", class: "good" }),
      button(app, "record_findings", tried(() => begin(app, code)), { id: "record" }),
    ),
  );
}

/** What is known of the place when the person has decided counts, as when they scan the next code. */
async function settled(app, code) {
  await app.judging.close();
  return withChecklist(app, sighted(app, app.scan.verdicts.find((one) => app.scan.textOf(one) === code)));
}

async function inOrder(app, code) {
  const draft = await app.inspector.begin(await settled(app, code));
  app.inspector.last = await app.inspector.save({ ...draft, result: "in_order" });
  app.go("recorded", { replace: true });
}

async function begin(app, code) {
  await open(app, await settled(app, code));
}

/** Begin without a code: a shop, board or works without a license. */
export const beginUnlicensed = (app) => open(app, unlicensed(app));

async function open(app, about) {
  const { inspector } = app;
  const unfinished = await inspector.draft();
  if (unfinished) inspector.offered = about; // the screen asks which of the two
  else await inspector.keep(await inspector.begin(about));
  app.go("record");
}

export function withChecklist(app, about) {
  const list = checklistFor(app.inspector.checklists, about.seen.type);
  return { ...about, checklist: list && [list.id, list.version] };
}

/** In the camera's reach: who is signed in, what waits, and recording without a code. */
export function chips(app) {
  const { inspector, say } = app;
  const { session, unsent, attention, hindrance, device } = inspector;
  const chip = (id, kind, words, to) => element("button", { type: "button", class: `chip ${kind}`, id, onclick: () => app.go(to) }, words);
  if (!device) return [chip("officer-chip", "stale", say("chip_lost"), "enrol")];
  const concern = hindrance && hindrance !== "session_over";
  return [
    session ? chip("officer-chip", "fresh", session.display, "inspections") : chip("officer-chip", "ageing", say("chip_nobody"), "signin"),
    session && chip("day-chip", "fresh", say("chip_day"), "day"),
    chip("near-chip", "fresh", say("chip_near"), "near"),
    unsent > 0 && chip("unsent-chip", attention ? "stale" : "ageing", say("unsent_count", { number: unsent }), "inspections"),
    (concern || device.verdict === "cut") && chip("device-chip", "stale", say("chip_concern"), "inspections"),
  ].filter(Boolean);
}
