// The centre works without a mouse, and without this file too: letters open the parts, numbers choose, / goes to the search, J and K walk
// through the list.
const typing = (element) => element.closest("input, textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  // The key's place, not its letter: an Arabic keyboard types ى where N is, and ١ where 1 is.
  const key = event.code.match(/^(?:Key|Digit|Numpad)(.)$/)?.[1].toLowerCase() ?? event.key;
  if (key === "j" || key === "k") return walk(key === "j" ? 1 : -1);
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? (event.code === "Slash" ? document.querySelector('[data-key="/"]') : null);
  if (!target) return;
  event.preventDefault();
  if (target.matches("a")) target.click();
  else target.focus();
});

function walk(step) {
  const links = [...document.querySelectorAll("#list tbody th a, .cards a")];
  if (!links.length) return;
  const here = links.indexOf(document.activeElement);
  links[Math.min(Math.max(here + step, 0), links.length - 1)].focus();
}
