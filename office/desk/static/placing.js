// The form works by itself. This measures the phone's position, and tells the server how wide the map is shown, so that a click is a place.
import { settle } from "./position.js";

const form = document.querySelector("#place");
const map = form.querySelector(".map");
const button = form.querySelector("#locate");
const progress = form.querySelector(".progress");

if (map.dataset.tiles) import("./livemap.js").then(({ begin }) => begin(form, map)); // else, or where it fails, a click is sent

map.addEventListener("click", () => {
  form.elements.shown.value = map.clientWidth;
});

if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    progress.textContent = form.dataset.waiting;
    settle(settling).then(take, refuse).finally(() => { button.disabled = false; });
  });
}

function settling(accuracy) {
  progress.textContent = form.dataset.settling.replace("{number}", accuracy);
}

function take(position) {
  form.elements.latitude.value = position.coords.latitude.toFixed(5);
  form.elements.longitude.value = position.coords.longitude.toFixed(5);
  progress.textContent = form.dataset.done.replace("{number}", Math.round(position.coords.accuracy));
  form.querySelector('button[name="map"][value="find"]').click();
}

function refuse(error) {
  progress.textContent = error.code === 1 ? form.dataset.refused : form.dataset.unavailable;
}
