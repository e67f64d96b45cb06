// Answers requests in a browser: `await answers([…])` on the page. Bundled with the data as the phone app bundles them.
import dictionary from "../../seal/data/dictionary-1.bin";
import cairo from "../../seal/data/cairo.json";
import sentences from "../../seal/data/sentences.json";
import { answer, install } from "./answers.js";

install({ "dictionary-1.bin": dictionary, "sentences.json": sentences, "cairo.json": cairo });

globalThis.answers = async (requests) => {
  const all = [];
  for (const request of requests) all.push(await answer(request));
  return all;
};
