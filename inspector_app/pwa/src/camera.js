// The camera: the rear one at its full resolution, torch and zoom where the device has them. Remembers which one was picked.
const SIZE = { width: { ideal: 1920 }, height: { ideal: 1080 } };
const START_ZOOM = 2; // recent phones do not focus close: stand back and look closer

/** Why there is no picture: `camera_refused`, `camera_absent`, `camera_busy` or `camera_failed`, keys of sentences. */
export class CameraError extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}

const CODES = {
  NotAllowedError: "camera_refused",
  SecurityError: "camera_refused",
  NotFoundError: "camera_absent",
  OverconstrainedError: "camera_absent",
  NotReadableError: "camera_busy",
  AbortError: "camera_busy",
};

/** One open camera. */
export class Camera {
  #stream;
  #track;
  #wishes = {};

  constructor(stream) {
    this.#stream = stream;
    [this.#track] = stream.getVideoTracks();
  }

  /** Open the camera `id`, else the rear one. Throws CameraError. */
  static async open({ id = null, wishes = {}, devices = navigator.mediaDevices } = {}) {
    if (!devices?.getUserMedia) throw new CameraError("camera_absent");
    const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } };
    try {
      const camera = new Camera(await devices.getUserMedia({ audio: false, video: { ...which, ...SIZE } }));
      await camera.prepare(wishes);
      return camera;
    } catch (error) {
      // The camera that was picked once is gone, or has a new number.
      if (id && ["OverconstrainedError", "NotFoundError"].includes(error.name)) return Camera.open({ wishes, devices });
      throw new CameraError(CODES[error.name] ?? "camera_failed", error);
    }
  }

  /** The cameras to choose from. Their names are known only once one of them is open. */
  static async all(devices = navigator.mediaDevices) {
    return (await devices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  }

  /** Set torch and zoom as they were left, {torch, zoom}; at first there is no torch, and the zoom that recent phones need. */
  async prepare({ torch = null, zoom = START_ZOOM }) {
    const can = this.#can;
    const wishes = {};
    if (can.zoom) wishes.zoom = Math.min(can.zoom.max, Math.max(can.zoom.min, zoom));
    if (can.focusMode?.includes("continuous")) wishes.focusMode = "continuous";
    if (can.torch && torch !== null) wishes.torch = torch;
    if (Object.keys(wishes).length) await this.#wish(wishes);
  }

  get #can() {
    return this.#track.getCapabilities?.() ?? {};
  }

  // All wishes every time: constraints take the place of those before, and a phone would forget its zoom over its torch. A wish that
  // the device refuses costs the wish, not the picture.
  async #wish(more) {
    const wishes = { ...this.#wishes, ...more };
    try {
      await this.#track.applyConstraints({ advanced: [wishes] });
      this.#wishes = wishes;
      return true;
    } catch {
      return false;
    }
  }

  get id() {
    return this.#track.getSettings().deviceId ?? null;
  }

  get hasTorch() {
    return Boolean(this.#can.torch);
  }

  /** {min, max, step, now} or null where the device does not zoom. */
  get zoom() {
    const { zoom } = this.#can;
    return zoom && zoom.max > zoom.min ? { ...zoom, now: this.#track.getSettings().zoom ?? zoom.min } : null;
  }

  light(on) {
    return this.#wish({ torch: on });
  }

  zoomTo(factor) {
    return this.#wish({ zoom: factor });
  }

  /** Show the picture in a <video>; `lost` is called if the device takes the camera away. */
  async show(video, lost) {
    this.#track.onended = lost;
    video.srcObject = this.#stream;
    await video.play();
  }

  get open() {
    return this.#track.readyState === "live";
  }

  close() {
    this.#track.onended = null;
    for (const track of this.#stream.getTracks()) track.stop();
  }
}

const KEPT_MS = 30_000; // so long a camera stays open behind a verdict: the next scan begins at once, and the phone need not ask again

/** Where a camera waits between two scans, and what it was set to: that outlives the camera. */
export class Stand {
  wishes = {}; // {torch, zoom}, as far as the person has set them since the app was opened
  #camera = null;
  #timer = null;

  /** Leave a camera here; its light goes out. */
  put(camera) {
    this.clear();
    if (camera.hasTorch) camera.light(false);
    this.#camera = camera;
    this.#timer = setTimeout(() => this.clear(), KEPT_MS);
  }

  /** Take the camera that waits here, null if none does. */
  take() {
    const camera = this.#camera?.open ? this.#camera : null;
    clearTimeout(this.#timer);
    this.#camera = null;
    return camera;
  }

  /** Close the camera that waits here. */
  clear() {
    clearTimeout(this.#timer);
    this.#camera?.close();
    this.#camera = null;
  }
}
