// Today's stops in the order of the way, without a network too: where, how far, why, and what is done. The order can be changed, with a reason.
import { distance } from "../../core.js";
import { element, patched, shape, sign } from "../../dom.js";
import { apart } from "../../whereabouts.js";
import { day as dayOf } from "../../words.js";
import { inOrder, REASON_MOST } from "../day.js";
import { at, bottom, button, problem, told, wordsOf } from "./parts.js";

const CAIRO = new Intl.DateTimeFormat("en-CA", { timeZone: "Africa/Cairo" }); // 2026-11-29

const TOLD = { waiting: "day_reorder_waiting", confirmed: "day_reorder_confirmed" };

/** The screen; `before` is what stood here in the other language: {order, typed}. */
export function dayScreen(app, before) {
  const { say, inspector } = app;
  const [place, alert, form] = [element("div", {}), element("div", {}), element("div", {})];
  const reason = element("textarea", { id: "reorder-reason", rows: 2, maxlength: REASON_MOST, dir: "auto", "aria-describedby": "reorder-hint" });
  reason.value = before?.typed ?? "";
  let [held, reorders, seen, order, left] = [null, [], new Map(), before?.order ?? null, false];

  async function load() {
    const [kept, waiting, all] = await Promise.all([inspector.day(), inspector.reorders(), inspector.inspections()]);
    [held, reorders, seen] = [kept, waiting, kept?.list ? doneOn(all, kept.list.day) : new Map()];
    if (order && !(mine() && order.every((number) => held.list.stops.some((stop) => stop.number === number)))) order = null; // another list has come
    if (!left) draw();
  }

  const mine = () => held?.list && inspector.session?.officer === held.list.officer;
  const stops = () => {
    const sorted = inOrder(held.list, reorders);
    return order ? order.map((number) => sorted.find((stop) => stop.number === number)) : sorted;
  };

  function draw() {
    const fix = app.whereabouts.recent;
    patched(place, mine() ? shown(fix) : [nothing()]);
    patched(form, mine() ? [order ? saving : changing()] : []);
  }

  function shown(fix) {
    const all = stops();
    const done = all.filter((stop) => seenAt(stop)).length;
    return [
      held.list.day !== CAIRO.format(app.now()) && problem(app, "day_old"),
      element("p", { class: "lead", id: "day-progress" }, element("b", {}, say("day_progress", { done, number: all.length })), " · ", element("bdi", {}, dayOf(held.list.day, app.language))),
      element("p", { class: "hint", id: "day-basis" }, say(held.list.basis === "risk" ? "day_by_risk" : "day_by_unseen"), " ", say("day_fetched", { moment: at(app, held.at) })),
      ...reorders.map(pending),
      element("ol", { class: "log sites day" }, all.map((stop, i) => line(stop, i, all, fix))),
    ].filter(Boolean);
  }

  function nothing() {
    if (!inspector.session) return element("div", {}, problem(app, "session_over"), button(app, "signin_now", () => app.go("signin"), { id: "go-sign-in" }));
    return element("p", { class: "panel", id: "day-none" }, say(held?.list ? "day_foreign" : held ? "day_none" : "day_not_fetched"));
  }

  const seenAt = (stop) => stop.seenAt ?? seen.get(stop.number) ?? null;

  function line(stop, i, all, fix) {
    const done = seenAt(stop);
    const far = fix ? apart(fix, stop) : i ? apart(all[i - 1], stop) : held.list.start ? apart(held.list.start, stop) : null;
    return element(
      "li",
      { class: `site ${done ? "done" : ""}`, "data-number": stop.number },
      done ? shape("passed", "mark") : element("b", { class: "turn" }, String(i + 1)),
      element(
        "span",
        {},
        element("bdi", { class: "name" }, stop.name || stop.number),
        element("small", {}, `${app.lists.trust?.types.get(stop.type)?.[app.language] ?? stop.type} · `, element("bdi", { dir: "ltr" }, stop.number)),
        element("small", { class: "why" }, stop.why[app.language]),
        done && element("small", { class: "done-at" }, say("day_done", { moment: at(app, done * 1000) })),
        far !== null && element("small", { class: "apart" }, say(fix ? "day_from_here" : "day_from_before", { distance: distance(Math.round(far * 10), app.language) })),
      ),
      order && movers(stop, i, all.length),
    );
  }

  /** Up and down, large enough for gloves. */
  function movers(stop, i, count) {
    const one = (way, words, disabled) =>
      element("button", { type: "button", class: way, id: `${way}-${stop.number}`, disabled, "aria-label": say(words, { name: stop.name || stop.number }), onclick: () => move(stop.number, way) }, sign(way));
    return element("span", { class: "movers" }, one("up", "day_up", i === 0), one("down", "day_down", i === count - 1));
  }

  function move(number, way) {
    const i = order.indexOf(number);
    const to = i + (way === "up" ? -1 : 1);
    [order[i], order[to]] = [order[to], order[i]];
    draw();
    const same = document.getElementById(`${way}-${number}`);
    (same.disabled ? document.getElementById(`${way === "up" ? "down" : "up"}-${number}`) : same).focus();
    const { name } = held.list.stops.find((stop) => stop.number === number);
    app.announce(say("day_moved", { name: name || number, place: to + 1, number: order.length }), say("day_title"));
  }

  /** Another order that is not with the server yet, or was refused. */
  function pending({ id, state, reason: why, code, words }) {
    const refused = state === "attention";
    return element(
      "section",
      { class: "panel", "data-reorder": state },
      element("p", { class: refused ? "caution" : "" }, refused ? wordsOf(app, code, words) : say(TOLD[state])),
      element("p", {}, element("bdi", {}, why)),
      refused && element("div", { class: "acts" }, button(app, "send_again", tried(() => inspector.reorderAgain(id))), button(app, "day_reorder_discard", tried(() => inspector.reorderDiscard(id)))),
    );
  }

  const tried = (work) => async () => {
    alert.replaceChildren();
    await work().catch((error) => alert.replaceChildren(told(app, error)));
  };

  const changing = () => element("div", { class: "acts" }, button(app, "day_change", begin, { id: "reorder" }));

  function begin() {
    order = stops().map(({ number }) => number);
    draw();
  }

  const save = tried(async () => {
    const was = inOrder(held.list, reorders).map(({ number }) => number);
    if (was.join() === order.join()) return cancel();
    await inspector.reorder(held.list, { before: was, after: order, reason: reason.value });
    await load(); // the order as it is kept now, before the one that was made here goes
    cancel();
  });

  function cancel() {
    [order, reason.value] = [null, ""];
    draw();
  }

  const saving = element(
    "section",
    { class: "panel field", "data-says": "saving" }, // the same as long as it is shown: what is being typed stays
    element("label", { for: "reorder-reason" }, say("day_reason")),
    reason,
    element("small", { id: "reorder-hint" }, say("day_reason_hint")),
    element("div", { class: "acts" }, button(app, "day_save", save, { id: "reorder-save" }), button(app, "day_cancel", cancel, { id: "reorder-cancel" })),
  );

  const node = element("section", {}, element("h1", {}, say("day_title")), place, form, alert, bottom(element("div", { class: "pair" }, button(app, "chip_near", () => app.go("near")), button(app, "day_scan", () => app.go("scan"), { class: "primary" }))));
  app.whereabouts.start();
  inspector.addEventListener("change", load);
  load();
  return {
    node,
    title: say("day_title"),
    refresh: draw,
    show: () => app.whereabouts.start(),
    keep: () => ({ order, typed: reason.value }),
    leave() {
      left = true;
      inspector.removeEventListener("change", load);
    },
  };
}

/** When this phone inspected each license on a day of Cairo, by number: seconds. */
function doneOn(all, day) {
  const then = all.filter(({ about, savedAt }) => about.number && CAIRO.format(savedAt) === day);
  return new Map(then.reverse().map(({ about, savedAt }) => [about.number, Math.floor(savedAt / 1000)]));
}
