// The texts of codes that are bent, folded, steep or soiled: each frame where a code may lie is made flat and mended, then read as usual.
import { flattened } from "./flatten.js";

/** `finds` are functions that give a picture's frames {quad, modules}, `decode` gives a clean picture's texts. */
export function flattenedTexts(picture, finds, decode) {
  const [texts, done] = [[], []];
  for (const { quad, modules } of frames(picture, finds)) {
    if (done.some((other) => within(middle(quad), other))) continue;
    for (const clean of flattened(picture, quad, modules)) {
      const read = decode(clean);
      if (!read.length) continue;
      texts.push(...read);
      done.push(quad);
      break;
    }
  }
  return texts;
}

function* frames(picture, finds) {
  for (const find of finds) yield* find(picture);
}

function middle(quad) {
  return [0, 1].map((k) => quad.reduce((sum, corner) => sum + corner[k], 0) / quad.length);
}

function within([x, y], quad) {
  const sides = quad.map(([ax, ay], i) => {
    const [bx, by] = quad[(i + 1) % quad.length];
    return Math.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax));
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}
