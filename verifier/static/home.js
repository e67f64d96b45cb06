// The form works by itself; this only says that work is under way and keeps it from being sent twice.
const form = document.querySelector("form.panel");
const button = form.querySelector("button");
const progress = form.querySelector(".progress");

form.addEventListener("submit", () => {
  progress.textContent = form.dataset.working;
  button.disabled = true;
});

// Back in the history brings the page back as it was left.
addEventListener("pageshow", () => {
  progress.textContent = "";
  button.disabled = false;
});

document.querySelector("#problem")?.scrollIntoView({ block: "nearest" });
