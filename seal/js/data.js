/**
 * What the core reads beside its code, the files of `seal/data/`. How they get here is for the caller to know: a bundler puts them into
 * the program, a page fetches them, Node reads them from the disk. So they are handed over once, before anything else is called:
 *
 *     install({ "dictionary-1.bin": octets, "dictionary-2.bin": octets, "tables-2.json": parsed, "sentences.json": parsed, "cairo.json": parsed })
 */

let files = null;

/** Take the files by name: octets (Uint8Array) of each dictionary, and the parsed JSON of the others. */
export function install(given) {
  for (const name of ["dictionary-1.bin", "dictionary-2.bin", "tables-2.json", "sentences.json", "cairo.json"]) {
    if (!given[name]) throw new TypeError(`seal/data/${name} is missing`);
  }
  files = new Map(Object.entries(given));
}

/** Return a file, undefined where there is none of that name. */
export function file(name) {
  if (!files) throw new TypeError("no data: call install() of seal/js/data.js first");
  return files.get(name);
}
