// Recorded: what becomes of it now, and the next scan one tap away.
import { element, shape, sign } from "../../dom.js";
import { bottom, button, stateOf } from "./parts.js";

/** The screen of the inspection that was saved last. */
export function recordedScreen(app) {
  const { say, inspector } = app;
  const place = element("div", { role: "status" });

  async function refresh() {
    const kept = await inspector.store.get("inspections", inspector.last.id);
    if (kept) place.replaceChildren(stateOf(app, kept), element("p", {}, say(`inspection_explained_${kept.state}`)));
  }

  const { sequence, about } = inspector.last;
  const next = element("button", { type: "button", class: "primary", id: "next", onclick: () => app.go("scan") }, sign("scan"), say("scan_next"));
  const node = element(
    "section",
    { class: "recorded" },
    element(
      "div",
      { class: `card ${about.result === "in_order" ? "valid" : about.result === "violation" ? "invalid" : "undecided"}`, "data-recorded": about.result },
      shape(about.result === "in_order" ? "valid" : about.result === "violation" ? "invalid" : "undecided"),
      element("h1", {}, say(`result_${about.result}`)),
      element("p", { class: "reason" }, say("recorded_as", { number: sequence, officer: about.officer })),
      about.name && element("p", {}, element("bdi", {}, about.name)),
    ),
    element("div", { class: "panel" }, place),
    element("div", { class: "acts" }, button(app, "recorded_read", () => open(inspector.last.id), { id: "read-again" })),
    bottom(next),
  );
  const open = (id) => {
    inspector.shown = id;
    app.go("inspection");
  };
  refresh();
  inspector.addEventListener("change", refresh);
  const leave = () => inspector.removeEventListener("change", refresh);
  return { node, title: say(`result_${about.result}`), refresh() {}, leave };
}
