// The verification core, with its data built in.
import cairo from "../../../seal/data/cairo.json";
import dictionary1 from "../../../seal/data/dictionary-1.bin";
import dictionary2 from "../../../seal/data/dictionary-2.bin";
import sentences from "../../../seal/data/sentences.json";
import tables from "../../../seal/data/tables-2.json";
import { install } from "../../../seal/js/data.js";

install({
  ...{ "dictionary-1.bin": dictionary1, "dictionary-2.bin": dictionary2, "tables-2.json": tables },
  ...{ "sentences.json": sentences, "cairo.json": cairo },
});

export { offsetAt as cairoOffset } from "../../../seal/js/days.js";
export { positionText } from "../../../seal/js/claims.js";
export { CLOCK_TOLERANCE, Dates } from "../../../seal/js/dating.js";
export { find } from "../../../seal/js/finding.js";
export { ListError } from "../../../seal/js/errors.js";
export { isNumber, number, prefixOf } from "../../../seal/js/license.js";
export * as published from "../../../seal/js/published.js";
export { advice, finding, headline, direction, distance } from "../../../seal/js/sentences.js";
export { offset, scale, uncertaintyM } from "../../../seal/js/site.js";
export { chosen } from "../../../seal/js/plurals.js";
export * as notices from "../../../seal/js/notices.js";
export * as receipts from "../../../seal/js/receipt.js";
export * as documents from "../../../seal/js/roots.js";
export * as status from "../../../seal/js/status.js";
export * as trust from "../../../seal/js/trust.js";
export { asObject, Finding, Verdict, worst } from "../../../seal/js/verdict.js";
export { verify } from "../../../seal/js/verify.js";
export { ours } from "../../../seal/js/wire.js";
