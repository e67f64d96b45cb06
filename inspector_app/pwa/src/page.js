// The camera on the verifier's public page: the same camera, the same reader. What it finds goes to our own host, never where a
// code points.
import { ours } from "../../../seal/js/wire.js";
import { Camera } from "./camera.js";
import { Reader, Scan } from "./scanner.js";

/** Scan with `video` until a code is found: resolves to the texts in view, or null if `stopped` was called. Rejects with a `code`. */
export function scanning(video) {
  let camera = null;
  let scan = null;
  let stopped = false;
  const close = () => {
    stopped = true;
    scan?.stop();
    camera?.close();
    video.srcObject = null;
  };
  const found = (async () => {
    camera = await Camera.open();
    if (stopped) return camera.close();
    await camera.show(video, close);
    scan = new Scan(video, Reader.start(), ours);
    return new Promise((resolve, reject) => scan.run(resolve).catch(reject));
  })();
  return { found: found.finally(close), close };
}
