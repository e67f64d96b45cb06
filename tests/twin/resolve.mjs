// The modules of seal/js and transparency/js name their libraries as a bundler finds them: in the phone app's node_modules.
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const APP = new URL("../../inspector_app/pwa/package.json", import.meta.url).href;
const TWINS = ["../../seal/js/", "../../transparency/js/"].map((folder) => new URL(folder, import.meta.url).href);

if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  const bare = !/^(?:[./]|node:|file:)/.test(specifier) && TWINS.some((twin) => context.parentURL?.startsWith(twin));
  return next(specifier, bare ? { ...context, parentURL: APP } : context);
}
