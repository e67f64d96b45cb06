/** What the app itself refuses, with a code that has words. */
export class Refusal extends Error {
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }
}
