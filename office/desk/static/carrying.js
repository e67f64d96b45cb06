// What was typed goes along when the language is changed by a link. A page may hold several forms, so none of them can carry the others:
// it waits in this tab alone (sessionStorage) until the same page opens again, and never stands in an address. Without this file the link
// changes the language, and what was typed is lost. Passwords stay behind, and files, which no page may choose for somebody.

const KEY = "khatm-typed";
const FIELDS = "textarea, select, input:not([type=hidden], [type=password], [type=file], [type=submit], [type=image])";
const answered = document.body.hasAttribute("data-answer"); // the page of a form that was refused: what is in it was typed
const fields = [...document.querySelectorAll("main form")].flatMap((form) => [...form.querySelectorAll(FIELDS)].filter((each) => each.name));

function ticked(field) {
  return field.type === "checkbox" || field.type === "radio";
}

function nameOf(field) {
  return JSON.stringify([field.form.getAttribute("action"), field.name, ticked(field) ? field.value : ""]);
}

function changed(field) {
  if (ticked(field)) return field.checked !== field.defaultChecked;
  if (field.options) return field.value !== ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
  return field.value !== field.defaultValue;
}

function fill(field, value) {
  if (ticked(field)) field.checked = value;
  else field.value = value;
  if (!changed(field)) return;
  for (let step = field.closest("details"); step; step = step.parentElement.closest("details")) step.open = true;
}

const held = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
sessionStorage.removeItem(KEY); // once, and for no other page
if (held?.path === location.pathname) {
  const typed = new Map(held.typed);
  for (const field of fields) if (typed.has(nameOf(field))) fill(field, typed.get(nameOf(field)));
}

document.querySelector("a.switch")?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // another tab
  const kept = fields.filter((field) => answered || changed(field));
  const typed = kept.map((field) => [nameOf(field), ticked(field) ? field.checked : field.value]);
  if (typed.length) sessionStorage.setItem(KEY, JSON.stringify({ path: event.currentTarget.pathname, typed }));
});
