/**
 * Everything the core raises, in one tree. Each error carries a stable `code`, which is also the key of its sentence.
 *
 *     SealError
 *     ├── FormatError        a text, wire, token or claims set that docs/format.md does not allow
 *     │   └── UnknownVersionError a version digit this program is too old to know
 *     ├── SignatureError     a signature that does not hold
 *     ├── ListError          a published file (trust list, status list) that must not be used
 *     └── LicenseError       license data outside the limits of the format; names the field
 */

/** Base of all refusals of the core. `detail` is for people who read logs and never holds license data. */
export class SealError extends Error {
  constructor(code, detail = "") {
    super(detail ? `${code}: ${detail}` : code);
    this.code = code;
    this.detail = detail;
  }
}

/** The input is not what docs/format.md describes. */
export class FormatError extends SealError {}

/** The version digit is newer than this program: not wrong, just not ours to judge. */
export class UnknownVersionError extends FormatError {}

/** A signature does not hold. */
export class SignatureError extends SealError {}

/** A published file is corrupt, signed by the wrong key, of the wrong type, or older than one already seen. */
export class ListError extends SealError {}

/** License data breaks a limit of the format. */
export class LicenseError extends SealError {
  constructor(code, field, detail = "") {
    super(code, detail);
    this.field = field;
  }
}
