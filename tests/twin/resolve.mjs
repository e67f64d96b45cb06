// The modules of seal/js name their libraries as a bundler finds them: in the phone app's node_modules.
import { register } from "node:module";
import { isMainThread } from "node:worker_threads";

const APP = new URL("../../inspector_app/pwa/package.json", import.meta.url).href;
const TWIN = new URL("../../seal/js/", import.meta.url).href;

if (isMainThread) register(import.meta.url);

export function resolve(specifier, context, next) {
  const bare = !/^(?:[./]|node:|file:)/.test(specifier) && context.parentURL?.startsWith(TWIN);
  return next(specifier, bare ? { ...context, parentURL: APP } : context);
}
