// Reads codes off the main thread, so that the picture never stutters. One question, one answer:
// {id, frame: ImageBitmap, turn} or {id, photo: Blob} → {id, texts, step, took, held} or {id, error}.
import { ours } from "../../../seal/js/wire.js";
import { live, read, still } from "./cascade.js";
import { flattenedTexts } from "./flatten/read.js";
import { textured } from "./flatten/texture.js";
import { gray } from "./pixels.js";
import { reader } from "./zxing.js";

const PHOTO_SIDE = 4096; // pixels: larger photos are made smaller when they are opened
const opened = reader(new URL(READER_WASM, self.location.href).href);
let canvas = new OffscreenCanvas(1, 1);

function pixels(picture) {
  const { width, height } = picture;
  if (canvas.width !== width || canvas.height !== height) canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#fff"; // what is transparent in a picture is paper
  context.fillRect(0, 0, width, height);
  context.drawImage(picture, 0, 0);
  picture.close();
  return gray(context.getImageData(0, 0, width, height));
}

async function photographed(blob) {
  const whole = await createImageBitmap(blob);
  const scale = PHOTO_SIDE / Math.max(whole.width, whole.height);
  if (scale >= 1) return whole;
  const size = { resizeWidth: Math.round(whole.width * scale), resizeHeight: Math.round(whole.height * scale), resizeQuality: "high" };
  const smaller = await createImageBitmap(whole, size);
  whole.close();
  return smaller;
}

async function answer({ frame, photo, turn }) {
  const { decode, failed, held } = await opened;
  const reader = { decode, failed, textured, flattened: (picture, finds) => flattenedTexts(picture, finds, decode) };
  const started = performance.now();
  const picture = pixels(photo ? await photographed(photo) : frame);
  const found = read(picture, photo ? still(picture) : live(turn), { reader, ours, beside: Boolean(photo) });
  return { ...found, took: performance.now() - started, held };
}

self.onmessage = async ({ data: { id, ...question } }) => {
  try {
    self.postMessage({ id, ...(await answer(question)) });
  } catch (error) {
    question.frame?.close();
    self.postMessage({ id, error: question.photo ? "picture_unreadable" : String(error) });
  }
};
