// What goes wrong with the log's files.

/** The host did not answer, not in time, or with nothing that could be used: nobody's fault, and to be tried again. */
export class Unreached extends Error {}

/** A file of the log that the host does not have. */
export class MissingFile extends Error {}

/** A head that does not count; `code` says why, as published/log.py does. */
export class HeadError extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}
