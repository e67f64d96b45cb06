// A photograph as it goes into an inspection: drawn anew at most 1600 pixels long, so that nothing of the file stays but the picture, the
// place in its EXIF data least of all; then its digest, which is signed.
import { hex } from "./core.js";
import { Refusal } from "./refusal.js";

export const MOST = 10; // of one inspection
const SIDE = 1600; // pixels
const OCTETS_MOST = 2_000_000; // what the server takes
const QUALITIES = [0.82, 0.7, 0.55, 0.4];

/** The photograph in a file (Blob): {sha256 (hex), octets}. Rejects with Refusal `picture_unreadable`. */
export async function photograph(file) {
  const octets = await encoded(await drawn(file));
  return { sha256: await digest(octets), octets };
}

/** SHA-256 of a byte string, hex. */
export const digest = async (octets) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", octets)));

async function drawn(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error) => {
    throw new Refusal("picture_unreadable", error);
  });
  const scale = Math.min(1, SIDE / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // what is transparent is paper
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas;
}

async function encoded(canvas) {
  for (const quality of QUALITIES) {
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality });
    if (blob.size <= OCTETS_MOST) return new Uint8Array(await blob.arrayBuffer());
  }
  throw new Refusal("picture_unreadable");
}
