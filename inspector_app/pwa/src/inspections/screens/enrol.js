// "This phone belongs to an authority": the code from a screen, scanned or typed.
import { element } from "../../dom.js";
import { codeIn, grouped } from "../enrolling.js";
import { bottom, button, problem, told } from "./parts.js";

/** The screen; `kept` is a fault that stood here in the other language. */
export function enrolScreen(app, kept) {
  const { say, inspector } = app;
  const alert = element("div", {});
  const input = element("input", { id: "enrol-code", dir: "ltr", autocomplete: "off", spellcheck: "false", autocapitalize: "characters", "aria-describedby": "enrol-hint" });
  const submit = element("button", { type: "submit", class: "primary", id: "enrol-now" }, say("enrol_now"));
  let fault = kept;

  async function enrol(event) {
    event.preventDefault();
    submit.disabled = true;
    alert.replaceChildren(element("p", { class: "progress", role: "status" }, say("enrol_running")));
    try {
      await inspector.enrol(codeIn(input.value, location.origin));
      app.keepRoom();
      app.go("signin", { replace: true });
    } catch (error) {
      show(error);
    }
    submit.disabled = false;
  }

  function show(error) {
    fault = error;
    alert.replaceChildren(told(app, error));
    alert.scrollIntoView({ block: "nearest" });
  }

  const node = element(
    "section",
    {},
    element("h1", {}, say("enrol_title")),
    inspector.lost && problem(app, "storage_lost"),
    inspector.device && element("p", { class: "note" }, say("enrol_already", { name: inspector.device.name })),
    element("p", { class: "lead" }, say("enrol_lead")),
    element("div", { class: "acts" }, button(app, "enrol_scan", () => app.go("scan"), { id: "enrol-scan" })),
    element(
      "form",
      { class: "panel field", novalidate: true, onsubmit: enrol },
      element("label", { for: "enrol-code" }, say("enrol_type")),
      input,
      element("small", { id: "enrol-hint" }, say("enrol_hint")),
      alert,
      element("p", { class: "after" }, submit),
    ),
    element("p", { class: "hint" }, say("enrol_privacy")),
    bottom(button(app, "back", () => app.go("scan"))),
  );
  const scanned = app.enrolment;
  app.enrolment = null;
  if (scanned) take(scanned);
  if (kept) show(kept);

  /** A scanned code: its digits stand in the field, what is wrong with it beside. */
  function take(text) {
    try {
      input.value = grouped(codeIn(text, location.origin));
    } catch (error) {
      show(error);
    }
  }

  return { node, title: say("enrol_title"), refresh() {}, keep: () => fault, leave() {} };
}
