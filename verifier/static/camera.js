// Scans with the phone app's own camera and reader, and asks this host about what it finds: the address in a code is never opened.
const panel = document.querySelector("#scanner");
const [begin, viewer, progress] = ["#scan", "#viewer", ".progress"].map((name) => panel.querySelector(name));
const video = viewer.querySelector("video");
let running = null;

if (navigator.mediaDevices && globalThis.OffscreenCanvas) begin.hidden = false;
begin.addEventListener("click", start);
panel.querySelector("#stop").addEventListener("click", () => stop(""));
addEventListener("pagehide", () => stop(""));

async function start() {
  begin.hidden = true;
  viewer.hidden = false;
  progress.textContent = panel.dataset.starting;
  try {
    const { scanning } = await import("/app/page.js");
    running = scanning(video);
    video.addEventListener("playing", () => (progress.textContent = panel.dataset.aim), { once: true });
    const texts = await running.found;
    if (texts) ask(texts);
  } catch (error) {
    stop(panel.dataset[error.code] ?? panel.dataset.camera_failed);
  }
}

function stop(told) {
  running?.close();
  running = null;
  viewer.hidden = true;
  begin.hidden = false;
  progress.textContent = told;
}

// A form, as if the text had been pasted: the answer is the page that everybody gets.
function ask(texts) {
  stop(panel.dataset.working);
  const form = Object.assign(document.createElement("form"), { action: "/check", method: "post", enctype: "multipart/form-data" });
  const field = (name, value) => form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  field("lang", panel.dataset.lang);
  for (const text of texts) field("code", text); // as it was read: only what people paste is searched
  document.body.append(form);
  form.submit();
}
