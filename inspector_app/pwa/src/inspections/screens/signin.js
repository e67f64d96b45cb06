// An officer signs in on a phone of the authority.
import { element } from "../../dom.js";
import { bottom, button, owner, told } from "./parts.js";

/** The screen; `kept` is a fault that stood here in the other language. */
export function signInScreen(app, kept) {
  const { say, inspector } = app;
  const alert = element("div", {});
  const submit = element("button", { type: "submit", class: "primary", id: "sign-in" }, say("signin_now"));
  const fields = {
    name: field("officer-name", "signin_name", { autocomplete: "username", autocapitalize: "none", spellcheck: "false" }),
    password: field("officer-password", "signin_password", { type: "password", autocomplete: "current-password" }),
    code: field("officer-code", "signin_code", { inputmode: "numeric", autocomplete: "one-time-code" }),
  };
  let fault = null;

  function field(id, label, more) {
    const input = element("input", { id, dir: "ltr", required: true, ...more });
    return { input, node: element("div", { class: "field" }, element("label", { for: id }, say(label)), input) };
  }

  async function signIn(event) {
    event.preventDefault();
    submit.disabled = true;
    try {
      await inspector.signIn(Object.fromEntries(Object.entries(fields).map(([name, { input }]) => [name, input.value.trim()])));
      app.go("scan", { replace: true });
    } catch (error) {
      show(error);
    }
    submit.disabled = false;
  }

  function show(error) {
    fault = error;
    fields.code.input.value = "";
    alert.replaceChildren(told(app, error));
  }

  if (kept) show(kept);
  const { device } = inspector;
  const form = element(
    "form",
    { class: "panel", novalidate: true, onsubmit: signIn },
    Object.values(fields).map(({ node }) => node),
    alert,
    element("p", { class: "after" }, submit),
  );
  const node = element(
    "section",
    {},
    element("h1", {}, say("signin_title")),
    device && element("p", { class: "lead", id: "device-name" }, owner(app, device)),
    element("p", { class: "hint" }, say("signin_lead")),
    form,
    bottom(button(app, "back", () => app.go("scan"))),
  );
  return { node, title: say("signin_title"), refresh() {}, keep: () => fault, leave() {} };
}
