// The ways without a camera: a photo, a pasted text, and the number of a license that this phone has scanned before.
import { element, shape } from "../dom.js";
import { find, prefixOf } from "../core.js";
import { exampleOf, numberOf } from "../scans.js";

/** The screen. What is refused is told beside the field, and what was typed stays. `kept` is what was refused in the other language. */
export function handScreen(app, kept) {
  const say = app.say;
  let refused = null;
  const node = element(
    "section",
    { class: "hand" },
    element("h1", {}, say("hand_title")),
    photoField(app),
    pasteField(app, refuse),
    numberField(app, refuse),
    element("div", { class: "bottom" }, element("button", { type: "button", onclick: () => app.go("scan") }, say("back"))),
  );

  /** Say beside the field `id` what is wrong. */
  function refuse(code, id = "photo", gaps = {}) {
    refused = { code, id, gaps };
    node.querySelector("#photo-progress").textContent = "";
    for (const told of node.querySelectorAll("[role=alert]")) told.replaceChildren();
    node.querySelector(`#${id}`).setAttribute("aria-invalid", "true");
    const told = node.querySelector(`#${id}-told`);
    told.replaceChildren(element("div", { class: "problem", "data-code": code }, shape("undecided"), element("p", {}, say(code, gaps))));
    told.scrollIntoView({ block: "nearest" });
  }

  if (kept) refuse(kept.code, kept.id, kept.gaps);
  return { node, title: say("hand_title"), refresh() {}, refuse, keep: () => refused, leave() {} };
}

function photoField(app) {
  const input = element("input", {
    type: "file",
    id: "photo",
    accept: "image/*",
    "aria-describedby": "photo-hint photo-told",
    onchange: () => app.photo(input.files[0]),
  });
  return element(
    "div",
    { class: "panel field" },
    element("label", { for: "photo" }, app.say("hand_photo")),
    input,
    element("small", { id: "photo-hint" }, app.say("hand_photo_hint")),
    element("p", { class: "progress", id: "photo-progress", role: "status" }),
    element("div", { id: "photo-told", role: "alert" }),
  );
}

function field(app, id, control, hint, button, onsubmit) {
  const submit = (event) => {
    event.preventDefault();
    onsubmit(control.value);
  };
  return element(
    "form",
    { class: "panel field", novalidate: true, onsubmit: submit },
    element("label", { for: id }, app.say(`hand_${id}`)),
    control,
    element("small", { id: `${id}-hint` }, app.say(hint)),
    element("div", { id: `${id}-told`, role: "alert" }),
    element("p", { class: "after" }, element("button", { type: "submit" }, app.say(button))),
  );
}

const TYPED = { dir: "ltr", spellcheck: "false", autocomplete: "off", autocapitalize: "off" };

function pasteField(app, refuse) {
  const area = element("textarea", { id: "paste", rows: 3, "aria-describedby": "paste-hint paste-told", ...TYPED });
  return field(app, "paste", area, "home_paste_hint", "hand_check", (value) => {
    const texts = find(value, app.lists.trust?.hosts ?? [], app.lists.prefix);
    if (texts.length) app.scanned(texts);
    else refuse("nothing_given", "paste");
  });
}

function numberField(app, refuse) {
  const input = element("input", { id: "number", "aria-describedby": "number-hint number-told", ...TYPED });
  return field(app, "number", input, "hand_number_hint", "hand_find", async (value) => {
    const { prefix } = app.lists;
    const number = numberOf(value, prefix);
    const entry = number && (await app.log.latest(number));
    if (entry) return app.recalled(entry.text);
    if (!app.lists.trust) return refuse("number_unknown", "number"); // nobody said yet what our numbers look like
    if (!number) return refuse("number_shape", "number", { example: exampleOf(app.lists.trust) });
    if (prefixOf(number) === prefix) return refuse("number_unknown", "number");
    return refuse("number_elsewhere", "number", { prefix: prefixOf(number), ours: prefix });
  });
}
