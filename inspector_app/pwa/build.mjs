// Builds the phone app into dist/: `node build.mjs`. Every file but the page, the service worker, the manifest and the public
// page's entry has its content's hash in its name; text and WebAssembly are packed ahead, for a street with a bad network.
import { createHash } from "node:crypto";
import { copyFile, mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const [SRC, MODULES] = [join(HERE, "src"), join(HERE, "node_modules")];
const FINAL = join(HERE, "dist");
const DIST = join(HERE, `dist.${process.pid}.new`); // takes its place when all is well: nobody serves half an app
const FONTS = join(MODULES, "@fontsource-variable/cairo/files");
const SHARED = ["/static/page.css", "/static/icons.svg", "/static/icon.svg"]; // the look of the verifier's pages, from the verifier
const PACKED = new Set([".js", ".css", ".html", ".wasm", ".svg", ".json", ".webmanifest"]);

/** Packages of other people whose octets are in what is built: `packages.txt` names them, each with its version. */
const packages = new Set();
const from = (path) => {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
  if (name) packages.add(name);
};

const hash = (data) => createHash("sha256").update(data).digest("hex").slice(0, 8).toUpperCase();

async function copied(path) {
  const data = await readFile(path);
  from(path);
  const name = `${basename(path, extname(path))}-${hash(data)}${extname(path)}`;
  await writeFile(join(DIST, name), data);
  return name;
}

async function bundle(entries, define, more = {}) {
  const made = await build({
    absWorkingDir: HERE,
    entryPoints: entries,
    outdir: DIST,
    bundle: true,
    format: "esm",
    target: ["es2022", "safari16.4"],
    minify: true,
    legalComments: "linked",
    charset: "utf8",
    loader: { ".bin": "binary" },
    nodePaths: [MODULES],
    define: Object.fromEntries(Object.entries(define).map(([name, value]) => [name, JSON.stringify(value)])),
    metafile: true,
    logLevel: "warning",
    ...more,
  });
  const { outputs } = made.metafile;
  for (const { inputs } of Object.values(outputs)) for (const [path, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput) from(path);
  const named = Object.entries(outputs).filter(([, output]) => output.entryPoint);
  return { ...Object.fromEntries(named.map(([path, output]) => [basename(output.entryPoint), basename(path)])), later: later(outputs) };
}

/** Files that no entry imports at once: the inspector's part, which only phones of an authority fetch, and what meets the log of seals. */
function later(outputs) {
  const [paths, first] = [Object.keys(outputs), new Set()];
  const follow = (path) => {
    if (first.has(path)) return;
    first.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === "import-statement") follow(next);
  };
  const imported = new Set(Object.values(outputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path)));
  for (const path of paths) if (outputs[path].entryPoint && !imported.has(path)) follow(path);
  return paths.filter((path) => path.endsWith(".js") && !first.has(path)).map((path) => basename(path));
}

async function pack(name) {
  const data = await readFile(join(DIST, name));
  const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: data.length } };
  const forms = { br: await promisify(brotliCompress)(data, best), gz: await smallest(data) };
  for (const [suffix, packed] of Object.entries(forms)) {
    if (packed.length < data.length) await writeFile(join(DIST, `${name}.${suffix}`), packed);
  }
}

/** Smaller blocks than usual suit what is here, and which are best differs from file to file: 1.2 % less, measured. */
async function smallest(data) {
  const made = await Promise.all([5, 6, 7].map((memLevel) => promisify(gzip)(data, { level: 9, memLevel })));
  return made.reduce((best, each) => (each.length < best.length ? each : best));
}

const written = (text, values) => text.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);

await rm(DIST, { recursive: true, force: true });
await mkdir(DIST, { recursive: true });
const hashed = { entryNames: "[name]-[hash]", chunkNames: "part-[hash]" };

const wasm = await copied(join(MODULES, "zxing-wasm/dist/reader/zxing_reader.wasm"));
const fonts = {
  FONT_ARABIC: await copied(join(FONTS, "cairo-arabic-wght-normal.woff2")),
  FONT_LATIN: await copied(join(FONTS, "cairo-latin-wght-normal.woff2")),
};
const worker = await bundle(["src/reader.worker.js"], { READER_WASM: wasm }, hashed);
const app = await bundle(["src/main.js", "src/page.js"], { READER_WORKER: worker["reader.worker.js"] }, { ...hashed, splitting: true });
const style = written(await readFile(join(SRC, "app.css"), "utf8"), fonts);
const styleName = `app-${hash(style)}.css`;
await writeFile(join(DIST, styleName), style);
for (const icon of await readdir(join(HERE, "icons"))) await copyFile(join(HERE, "icons", icon), join(DIST, icon));
await copyFile(join(SRC, "app.webmanifest"), join(DIST, "app.webmanifest"));
const page = written(await readFile(join(SRC, "index.html"), "utf8"), {
  MAIN: app["main.js"],
  STYLE: styleName,
  ...fonts,
});
await writeFile(join(DIST, "index.html"), page);

// The public page asks for a name that stays.
await writeFile(join(DIST, "page.js"), `export * from "./${app["page.js"]}";\n`);

// What works offline: everything but the public page's entry and the small print, and, until a phone is enrolled, the inspector's part.
const officer = app.later.sort();
const fetched = (name) => !/^page|\.(txt|br|gz)$/.test(name) && name !== "index.html" && !officer.includes(name);
const offline = (await readdir(DIST)).filter(fetched).sort();
const contents = await Promise.all([...offline, ...officer, "index.html"].map(async (name) => name + hash(await readFile(join(DIST, name)))));
const version = hash(contents.join());
await bundle(["src/sw.js"], { VERSION: version, PRECACHE: ["./", ...offline, ...SHARED], OFFICER_FILES: officer }, { format: "iife" });

const versionOf = async (name) => JSON.parse(await readFile(join(MODULES, name, "package.json"), "utf8")).version;
const named = await Promise.all([...packages].sort().map(async (name) => `${name} ${await versionOf(name)}\n`));
await writeFile(join(DIST, "packages.txt"), named.join(""));

for (const name of await readdir(DIST)) if (PACKED.has(extname(name))) await pack(name);
await rm(FINAL, { recursive: true, force: true });
await rename(DIST, FINAL);
console.log(`Built the phone app, version ${version}`);
