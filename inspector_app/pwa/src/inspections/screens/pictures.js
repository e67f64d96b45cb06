// The photographs of an inspection while it is written.
import { element } from "../../dom.js";
import { MOST, photograph } from "../photographs.js";
import { Refusal } from "../refusal.js";

/** Photographs: taken by the phone's camera, shown, and taken away again. */
export function pictures(app, draft, { keep, refuse, addresses }) {
  const { inspector, say } = app;
  const strip = element("ul", { class: "strip" });
  const busy = element("p", { class: "progress", role: "status" });
  const input = element("input", { type: "file", id: "picture", accept: "image/*", capture: "environment", class: "unseen", onchange: () => take(input.files[0]) });

  async function take(file) {
    input.value = "";
    if (!file) return;
    busy.textContent = say("photo_working");
    try {
      if (draft.photographs.length >= MOST) throw new Refusal("photographs_most");
      const made = await photograph(file);
      if (!draft.photographs.some(({ sha256 }) => sha256 === made.sha256)) draft.photographs.push({ sha256: made.sha256 });
      await keep(made);
      await draw();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refuse(error);
    }
    busy.textContent = "";
  }

  const without = async (sha256) => {
    draft.photographs = draft.photographs.filter((one) => one.sha256 !== sha256);
    await keep();
    await draw();
  };

  async function draw() {
    const shown = draft.photographs.map(async ({ sha256 }, i) => {
      const address = URL.createObjectURL(new Blob([await inspector.picture(sha256)], { type: "image/jpeg" }));
      addresses.push(address);
      const remove = element("button", { type: "button", class: "remove", onclick: () => without(sha256) }, say("photo_remove"));
      return element("li", {}, element("img", { src: address, alt: say("photo_number", { number: i + 1 }), width: 120, height: 120 }), remove);
    });
    strip.replaceChildren(...(await Promise.all(shown)));
  }

  draw();
  return element(
    "section",
    { class: "panel" },
    element("h2", {}, say("record_photographs")),
    strip,
    input,
    element("label", { for: "picture", class: "button take" }, say("photo_take")),
    busy,
    element("small", {}, say("photo_hint")),
  );
}
