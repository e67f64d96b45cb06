// Answers requests in a browser: `await answers([…])` on the page. Bundled with the data as the phone app bundles them.
import dictionary1 from "../../seal/data/dictionary-1.bin";
import dictionary2 from "../../seal/data/dictionary-2.bin";
import cairo from "../../seal/data/cairo.json";
import sentences from "../../seal/data/sentences.json";
import tables from "../../seal/data/tables-2.json";
import { answer, install } from "./answers.js";

install({
  ...{ "dictionary-1.bin": dictionary1, "dictionary-2.bin": dictionary2, "tables-2.json": tables },
  ...{ "sentences.json": sentences, "cairo.json": cairo },
});

globalThis.answers = async (requests) => {
  const all = [];
  for (const request of requests) all.push(await answer(request));
  return all;
};
