// Every page works without this file. With it: nothing is sent twice, the first fault is in view, and the map may fill the width.
document.documentElement.classList.add("js");

for (const form of document.querySelectorAll('form[method="post"]')) {
  form.addEventListener("submit", () => {
    // After the submission has taken the pressed button's name and value along.
    setTimeout(() => form.querySelectorAll("button").forEach((button) => { button.disabled = true; }));
  });
}

// Back in the history brings the page back as it was left.
addEventListener("pageshow", () => {
  document.querySelectorAll('form[method="post"] button').forEach((button) => { button.disabled = false; });
});

const fault = document.querySelector('#problem, [aria-invalid="true"]');
if (fault) {
  fault.scrollIntoView({ block: "center" });
  if (fault.id !== "problem") fault.focus({ preventScroll: true });
}
