// The camera: a picture, a frame, and what a thumb can reach. Where there is no picture, it says why and offers the other ways.
import { Camera, CameraError } from "../camera.js";
import { ours } from "../core.js";
import { drawn, element, sign } from "../dom.js";
import { isEnrolment } from "../officers.js";
import { Scan } from "../scanner.js";
import { listsAge } from "../sheet.js";

const RESTING = "camera_resting";
const ZOOMS = [1, 2, 3]; // those that the device offers are gone through in turn

/** The screen; `leave` gives the camera back. `kept` is the notice that stood here in the other language. */
export function scanScreen(app, kept) {
  const say = app.say;
  const video = element("video", { playsinline: true, muted: true, autoplay: true, "aria-label": say("video_label") });
  video.muted = true; // an attribute set by script does not mute, and an unmuted video does not play by itself
  const told = element("p", { class: "told", role: "status" });
  const tools = element("div", { class: "tools" });
  const picture = [video, corners(), told];
  const view = element("div", { class: "view" }, picture);
  const chips = element("div", { class: "chips" });
  const reach = element("div", { class: "reach" }, chips, tools, ways(app));
  const node = element("section", { class: "scan" }, element("h1", { class: "unseen" }, say("app_title")), view, reach);
  const state = { node, title: say("app_title"), camera: null, scan: null, notice: null, left: false };

  async function start() {
    view.replaceChildren(...picture);
    state.notice = null;
    try {
      told.textContent = say("starting");
      app.signal.unlock();
      app.wake(); // the reader starts while the camera opens
      const camera = await ready();
      if (state.left) return camera.close();
      state.camera = camera;
      await camera.show(video, () => refuse(new CameraError("camera_lost")));
      await app.choose("started", true);
      app.awake.begin();
      app.whereabouts.start();
      node.dataset.state = "scanning";
      told.textContent = say("aim");
      await offerTools();
      await look();
    } catch (error) {
      if (!state.left) refuse(error);
    }
  }

  async function ready() {
    const { cameras } = app;
    const waiting = cameras.take();
    if (!waiting) return Camera.open({ id: await app.choice("camera"), wishes: cameras.wishes });
    await waiting.prepare(cameras.wishes);
    return waiting;
  }

  function look() {
    state.scan = new Scan(video, app.reader, (text) => ours(text) || isEnrolment(text));
    return state.scan.run((texts) => app.scanned(texts));
  }

  function refuse(error) {
    const code = error.code ?? (app.knows(error.message) ? error.message : "camera_failed");
    close();
    node.dataset.state = "refused";
    notice(code, "camera_again");
  }

  /** Say why there is no picture, and offer to begin. */
  function notice(code, button) {
    state.notice = code;
    tools.replaceChildren();
    const again = element("button", { type: "button", class: "primary", onclick: start }, say(button));
    view.replaceChildren(element("div", { class: "faulted", role: "alert", "data-code": code }, element("p", {}, say(code)), again));
  }

  /** Nobody has scanned for a while: the camera goes off, one tap turns it on. */
  function rest() {
    close();
    node.dataset.state = "resting";
    notice(RESTING, "camera_on");
  }

  async function offerTools() {
    const { camera } = state;
    const buttons = [camera.hasTorch && torch(camera), camera.zoom && zoom(camera), (await Camera.all()).length > 1 && other()];
    tools.replaceChildren(...buttons.filter(Boolean));
  }

  function torch(camera) {
    const flip = async () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      if (!(await camera.light(on))) return;
      app.cameras.wishes.torch = on;
      button.setAttribute("aria-pressed", String(on));
    };
    const button = tool("torch", say("torch"), flip);
    button.setAttribute("aria-pressed", String(Boolean(app.cameras.wishes.torch)));
    return button;
  }

  function zoom(camera) {
    const word = () => `${say("zoom")} ×${Math.round(camera.zoom.now * 10) / 10}`;
    const turn = async () => {
      const { min, max, now } = camera.zoom;
      const steps = ZOOMS.filter((step) => step >= min && step <= max);
      const next = steps.find((step) => step > now + 0.1) ?? steps[0] ?? min;
      if (!(await camera.zoomTo(next))) return;
      app.cameras.wishes.zoom = next;
      button.lastElementChild.textContent = word();
    };
    const button = tool("zoom", word(), turn);
    return button;
  }

  function other() {
    return tool("turn", say("other_camera"), async () => {
      const cameras = await Camera.all();
      const next = cameras[(cameras.findIndex(({ deviceId }) => deviceId === state.camera.id) + 1) % cameras.length];
      await app.choose("camera", next.deviceId);
      close();
      await start();
    });
  }

  function halt(then) {
    state.scan?.stop();
    video.srcObject = null;
    if (state.camera) then(state.camera);
    state.camera = state.scan = null;
  }

  const close = () => halt((camera) => camera.close());

  function refresh() {
    chips.replaceChildren(...statusChips(app), ...(app.officer?.chips(app) ?? []));
  }

  refresh();
  if (!app.able) refuse(new CameraError("browser_old"));
  else if (kept === RESTING) rest();
  else if (kept) refuse(new CameraError(kept));
  else if (app.started) start();
  else view.replaceChildren(welcome(app, start));
  return Object.assign(state, {
    refresh,
    rest: () => node.dataset.state === "scanning" && rest(),
    keep: () => state.notice,
    leave() {
      state.left = true;
      halt((camera) => app.cameras.put(camera));
    },
    // A hidden page gets no frames and should not hold the camera; a shown one starts anew.
    hide: close,
    show: () => node.dataset.state === "scanning" && start(),
  });
}

function welcome(app, begin) {
  return element(
    "div",
    { class: "welcome" },
    element("img", { src: "/static/icon.svg", alt: "", width: 88, height: 88 }),
    element("h2", {}, app.say("start_title")),
    element("p", {}, app.say("start_lead")),
    element("button", { type: "button", class: "primary", id: "start", onclick: begin }, app.say("start_button")),
    element("small", {}, app.say(app.officer ? "start_asks_officer" : "start_asks")),
  );
}

/** Where the code should be: four corners, light on a dark edge, so that they show on any wall. */
function corners() {
  const path = "M4 26V17A13 13 0 0 1 17 4H26M74 4H83A13 13 0 0 1 96 17V26M96 74V83A13 13 0 0 1 83 96H74M26 96H17A13 13 0 0 1 4 83V74";
  const stroke = (name) => drawn("path", { class: name, d: path });
  return drawn("svg", { class: "frame", viewBox: "0 0 100 100", "aria-hidden": true, focusable: false }, stroke("edge"), stroke("light"));
}

function tool(name, word, onclick) {
  return element("button", { type: "button", class: "tool", onclick }, sign(name), element("span", {}, word));
}

function ways(app) {
  const choose = element("input", { type: "file", accept: "image/*", hidden: true, onchange: () => app.photo(choose.files[0]) });
  return element(
    "div",
    { class: "ways" },
    choose,
    tool("photo", app.say("from_album"), () => choose.click()),
    tool("write", app.say("by_hand"), () => app.go("hand")),
    tool("log", app.say("log_short"), () => app.go("log")),
    app.officer && tool("inspect", app.say("inspections_short"), () => app.go("inspections")),
    tool("lists", app.say("menu_short"), () => app.go("lists")),
  );
}

/** How the lists and the position stand, in a word each. */
function statusChips(app) {
  const now = app.seconds();
  const band = app.lists.band(now);
  const place = { refused: "chip_refused", absent: "chip_refused", unavailable: "chip_refused", waiting: "chip_waiting" }[
    app.whereabouts.state
  ];
  const fix = app.whereabouts.fix;
  return [
    app.warning() && element("button", { type: "button", class: "chip stale", onclick: () => app.go("lists") }, app.warning()),
    element(
      "button",
      { type: "button", class: `chip ${band}`, id: "lists-chip", onclick: () => app.go("lists") },
      listsAge(app.lists.status.newest, now, app.language),
    ),
    place && element("span", { class: `chip ${place === "chip_waiting" ? "ageing" : "stale"}` }, app.say(place)),
    !place &&
      fix &&
      element(
        "span",
        { class: "chip fresh", id: "place-chip" },
        sign("place"),
        element("bdi", {}, app.say("chip_metres", { number: Math.round(fix.accuracy) })),
      ),
  ].filter(Boolean);
}
