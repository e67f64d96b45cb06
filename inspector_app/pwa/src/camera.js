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

  constructor(stream) {
    this.#stream = stream;
    [this.#track] = stream.getVideoTracks();
  }

  /** Open the camera `id`, else the rear one. Throws CameraError. */
  static async open({ id = null, devices = navigator.mediaDevices } = {}) {
    if (!devices?.getUserMedia) throw new CameraError("camera_absent");
    const which = id ? { deviceId: { exact: id } } : { facingMode: { ideal: "environment" } };
    try {
      const camera = new Camera(await devices.getUserMedia({ audio: false, video: { ...which, ...SIZE } }));
      await camera.#prepare();
      return camera;
    } catch (error) {
      // The camera that was picked once is gone, or has a new number.
      if (id && ["OverconstrainedError", "NotFoundError"].includes(error.name)) return Camera.open({ devices });
      throw new CameraError(CODES[error.name] ?? "camera_failed", error);
    }
  }

  /** The cameras to choose from. Their names are known only once one of them is open. */
  static async all(devices = navigator.mediaDevices) {
    return (await devices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  }

  async #prepare() {
    const { zoom, focusMode } = this.#can;
    const wishes = {};
    if (zoom) wishes.zoom = Math.min(zoom.max, Math.max(zoom.min, START_ZOOM));
    if (focusMode?.includes("continuous")) wishes.focusMode = "continuous";
    if (Object.keys(wishes).length) await this.#apply(wishes);
  }

  get #can() {
    return this.#track.getCapabilities?.() ?? {};
  }

  // A wish that the device refuses costs the wish, not the picture.
  #apply(wishes) {
    return this.#track.applyConstraints({ advanced: [wishes] }).then(
      () => true,
      () => false,
    );
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
    return this.#apply({ torch: on });
  }

  zoomTo(factor) {
    return this.#apply({ zoom: factor });
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

/** Where a camera waits between two scans. */
export class Stand {
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
