// What a person should know before they rely on a verdict.
import { CLOCK_TOLERANCE } from "./core.js";
import { span } from "./words.js";

/**
 * What is wrong with this phone's clock, in words; null if nothing is. Signed lists know a clock that is behind. That it is ahead only the
 * host can tell, whose word is unsigned: it makes a warning, never a verdict.
 */
export function clockWarning({ lists, seconds, say, language }) {
  const behind = Math.max(lists.newest - seconds(), -lists.skew);
  if (behind > CLOCK_TOLERANCE) return say("clock_behind", { span: span(behind, language) });
  if (lists.skew > CLOCK_TOLERANCE) return say("clock_ahead", { span: span(lists.skew, language) });
  return null;
}

/** The one thing to look at before the next scan, in a word or two; null if all is well. */
export function warning(app) {
  if (app.lists.offered) return app.say("root_chip");
  if (clockWarning(app)) return app.say("clock_chip");
  return app.update ? app.say("update_ready") : null;
}
