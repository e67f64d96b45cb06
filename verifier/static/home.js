// The form works by itself; this only says that work is under way and keeps it from being sent twice.
const form = document.querySelector("#check");
const button = form.querySelector(".primary");
const image = form.querySelector("#image");
const progress = form.querySelector(".progress");

form.addEventListener("submit", (event) => {
  if (event.submitter?.name === "switch") {
    if (image.files.length) form.elements.chosen.value = "yes"; // no page may choose it again: the next one says so
    image.disabled = true; // another language needs no photo to be sent
    return;
  }
  progress.textContent = form.dataset.working;
  button.disabled = true;
});

// Back in the history brings the page back as it was left.
addEventListener("pageshow", () => {
  progress.textContent = "";
  button.disabled = image.disabled = false;
});

document.querySelector("#problem")?.scrollIntoView({ block: "nearest" });
