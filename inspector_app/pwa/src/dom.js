// Making the page: elements from names, attributes and children. Text is always text, so nothing that a code holds can become markup.
const SVG = "http://www.w3.org/2000/svg";
const SHAPES = "/static/icons.svg"; // the verifier's own shapes: one for each result

/** An element. Attributes that are null or false are left out; `on…` are listeners; children are nodes, texts, null or arrays of them. */
export function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** One of the verifier's shapes, for the eye only: the word stands beside it. */
export function shape(name, kind = "icon") {
  return drawn(
    "svg",
    { class: kind, viewBox: kind === "icon" ? "0 0 48 48" : "0 0 24 24", "aria-hidden": true, focusable: false },
    drawn("use", { href: `${SHAPES}#${name}` }),
  );
}

/** A sign of the app's own: a few strokes in a square of 24. */
export function sign(name) {
  return drawn("svg", { class: "sign", viewBox: "0 0 24 24", "aria-hidden": true, focusable: false }, drawn("path", { d: SIGNS[name] }));
}

const SIGNS = {
  torch: "M8 3h8v4l-2 3v11h-4V10L8 7zM8 6h8M12 13v2",
  zoom: "M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13M15.5 15.5L21 21M10.5 8v5M8 10.5h5",
  turn: "M4 8h3l1.5-2.5h7L17 8h3v11H4zM9.5 15.5a3 3 0 0 0 5.2-1M14.5 11a3 3 0 0 0-5.2 1M15 10v1.8h-1.8M9 16.500v-1.8h1.8",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-2.500 4 3.500M15.500 9.500h.01",
  write: "M4 20l1-4L16 5l3 3L8 19zM13.500 7.500l3 3",
  lists: "M5 6h14M5 12h14M5 18h9",
  log: "M12 4a8 8 0 1 1-7.500 5.200M4 4v5.200h5.200M12 8v4.500l3 2",
  place: "M12 21s7-6.200 7-12a7 7 0 0 0-14 0c0 5.800 7 12 7 12zM12 11.500a2.500 2.500 0 1 0 0-5a2.500 2.500 0 0 0 0 5",
  north: "M12 20V5M6.5 10.5L12 4.500l5.500 6",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  back: "M15 5l-7 7 7 7",
  scan: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5M4 12h16",
  inspect: "M8 4h8v3H8zM6 5.500H5V20h14V5.500h-1M8.500 13l2.500 2.500 4.500-5",
  share: "M12 15V4M8 8l4-4 4 4M5 12v8h14v-8",
};

/** Put `sections` into `place`, leaving alone those that say the same as before: what a person reads, opened or focused stays. */
export function patched(place, sections) {
  const fresh = sections.flat().filter(Boolean);
  fresh.forEach((section, i) => {
    const held = place.children[i];
    if (!held) place.append(section);
    else if (held.dataset.says !== said(section)) held.replaceWith(section);
  });
  for (const section of fresh) section.dataset.says ??= said(section);
  while (place.children.length > fresh.length) place.lastElementChild.remove();
}

function said(section) {
  return section.dataset.says ?? section.outerHTML;
}
