// The part of the app that meets a log: signatures, proofs, files. Fetched when the host is first asked about one, for without a network it is
// good for nothing: the first visit stays small.
export * from "./files.js";
export * from "./following.js";
