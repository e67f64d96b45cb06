// Every page works without this file. With it: nothing is sent twice, a chosen file is sent at once, the first fault is in view,
// pages can be printed by a button, and the map may fill the width.
document.documentElement.classList.add("js");

const sent = [];
for (const form of document.querySelectorAll('form[method="post"]:not([data-download])')) {
  form.addEventListener("submit", () => {
    // After the submission has taken the pressed button's name and value along.
    setTimeout(() => {
      sent.push(...form.querySelectorAll("button:enabled"));
      sent.forEach((button) => { button.disabled = true; });
    });
  });
}

// Whoever leaves a half-filled step by the menu, or closes the page, finds what they typed when they come back.
for (const form of document.querySelectorAll("form[data-typed]")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("pagehide", () => {
    if (!typed) return;
    typed = false;
    const data = new URLSearchParams(new FormData(form));
    data.set("go", "stay");
    fetch(form.action, { method: "POST", body: data, keepalive: true, redirect: "manual" });
  });
}

// Back in the history brings the page back as it was left.
addEventListener("pageshow", () => sent.splice(0).forEach((button) => { button.disabled = false; }));

// A file beyond the limit is told of before it is sent, while what else was typed stands beside it.
for (const input of document.querySelectorAll('input[type="file"][data-most]')) {
  input.addEventListener("change", () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.most));
    input.setCustomValidity(large ? input.dataset.said : "");
    if (large) input.reportValidity();
  });
}

// A file that was chosen and not sent would be missed at the very end.
for (const form of document.querySelectorAll("form[data-at-once]")) {
  form.addEventListener("change", (event) => {
    if (!event.target.files.length) return;
    const progress = form.querySelector(".progress");
    progress.textContent = progress.dataset.said;
    form.requestSubmit();
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

const fault = document.querySelector('#problem, [aria-invalid="true"]');
if (fault) {
  fault.scrollIntoView({ block: "center" });
  if (fault.id !== "problem") fault.focus({ preventScroll: true });
}
