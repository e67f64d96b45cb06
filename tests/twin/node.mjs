// Answers requests in Node: a JSON text per line in, one per line out, in the same order.
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

import "./resolve.mjs";

const { answer, install } = await import("./answers.js");
const file = async (name) => readFile(new URL(`../../seal/data/${name}`, import.meta.url));
const json = async (name) => JSON.parse(await file(name));
install({
  "dictionary-1.bin": new Uint8Array(await file("dictionary-1.bin")),
  "dictionary-2.bin": new Uint8Array(await file("dictionary-2.bin")),
  "tables-2.json": await json("tables-2.json"),
  "sentences.json": await json("sentences.json"),
  "cairo.json": await json("cairo.json"),
});
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
