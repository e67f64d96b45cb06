// The form works by itself. This measures the phone's position, and tells the server how wide the map is shown, so that a click is a place.
const form = document.querySelector("#place");
const map = form.querySelector(".map");
const button = form.querySelector("#locate");
const progress = form.querySelector(".progress");
const PATIENCE_MS = 10_000;
const GOOD_M = 15;

map.addEventListener("click", () => {
  form.elements.shown.value = map.clientWidth;
});

if (button && "geolocation" in navigator) {
  button.hidden = false;
  button.addEventListener("click", () => {
    button.disabled = true;
    progress.textContent = form.dataset.waiting;
    measure().then(take, refuse).finally(() => { button.disabled = false; });
  });
}

// The best position within ten seconds, or the first that is good enough.
function measure() {
  return new Promise((resolve, reject) => {
    let best = null;
    const finish = (error) => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      if (best) resolve(best);
      else reject(error ?? { code: 3 });
    };
    const timer = setTimeout(finish, PATIENCE_MS);
    const watch = navigator.geolocation.watchPosition(
      (position) => {
        if (!best || position.coords.accuracy <= best.coords.accuracy) best = position;
        progress.textContent = form.dataset.settling.replace("{number}", Math.round(position.coords.accuracy));
        if (best.coords.accuracy <= GOOD_M) finish();
      },
      (error) => { if (error.code === 1 || !best) finish(error); },
      { enableHighAccuracy: true, maximumAge: 0, timeout: PATIENCE_MS },
    );
  });
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
