// Compares the phone's position with the site: measures until the accuracy settles, asks the server, and puts its answer in place.
import { settle } from "./position.js";

const form = document.querySelector("#position");
const button = document.querySelector("#locate");
const progress = form?.querySelector(".progress");

if (form && "geolocation" in navigator) {
  button.hidden = false;
  button.parentElement.classList.add("docked");
  button.addEventListener("click", () => compare(measured));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    compare(() => Promise.resolve(new FormData(form)));
  });
}

// What is typed and not sent yet goes along into the other language.
document.querySelector("#switch").addEventListener("click", (event) => {
  const chosen = event.target.closest(".switch");
  const typed = form?.elements.position.value.trim();
  if (!chosen || !typed) return;
  const carrying = chosen.closest("form") ?? form.cloneNode();
  const field = (name, value) => carrying.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  field("typed_position", typed);
  field("typed_accuracy_m", form.elements.accuracy_m.value);
  if (carrying.isConnected) return; // the button sends it
  event.preventDefault();
  for (const code of form.querySelectorAll("[name=code]")) field("code", code.value);
  field("lang", chosen.lang);
  document.body.append(carrying);
  carrying.submit();
});

async function compare(fields) {
  button.disabled = true;
  try {
    const body = await fields();
    if (!body) return;
    const answer = await fetch(form.action, { method: "POST", body });
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    button.textContent = form.dataset.again;
  } catch {
    progress.textContent = form.dataset.failed;
  } finally {
    button.disabled = false;
  }
}

async function measured() {
  progress.textContent = form.dataset.waiting;
  try {
    const position = await settle((metres) => {
      progress.textContent = form.dataset.settling.replace("{number}", metres);
    });
    const body = new FormData(form);
    body.delete("position");
    body.set("latitude", position.coords.latitude.toFixed(7));
    body.set("longitude", position.coords.longitude.toFixed(7));
    body.set("accuracy_m", Math.min(position.coords.accuracy, 999999).toFixed(1));
    // An age, not a time: the phone's clock may be wrong, its stopwatch is not.
    body.set("age_s", String(Math.min(99999, Math.max(0, Math.round((Date.now() - position.timestamp) / 1000)))));
    return body;
  } catch (error) {
    progress.textContent = error.code === 1 ? form.dataset.refused : form.dataset.unavailable;
    return null;
  }
}

// The server's page is the answer: the same words, escaped in one place.
function show(page) {
  const refused = page.querySelector("#problem");
  if (refused || !page.querySelector("#result")) {
    progress.textContent = refused?.textContent.trim() || form.dataset.failed;
    return;
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.getElementById(part.id);
    if (fresh) part.replaceChildren(...fresh.childNodes);
  }
  progress.textContent = "";
  document.title = page.title;
  const card = document.querySelector("#result .card");
  card.classList.add("fresh");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  document.querySelector("#result").scrollIntoView({ behavior: calm ? "auto" : "smooth", block: "start" });
  const words = [card.querySelector("h1"), card.querySelector(".reason")].map((element) => element.textContent.trim());
  document.querySelector("#announcement").textContent = words.join(". ");
}
