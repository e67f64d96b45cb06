// What inspections need of the core.
import * as cbor from "../../../../seal/js/cbor.js";
import { fromCoseKey } from "../../../../seal/js/device.js";

export * as chain from "../../../../seal/js/chain.js";
export * as device from "../../../../seal/js/device.js";
export { SealError } from "../../../../seal/js/errors.js";
export * as inspection from "../../../../seal/js/inspection.js";
export * as logPacks from "../../../../seal/js/log_packs.js";
export { number as numberOf } from "../../../../seal/js/license.js";
export { reachDm } from "../../../../seal/js/site.js";
export * as sites from "../../../../seal/js/sites.js";
export { fromHex, hex } from "../../../../seal/js/octets.js";

/** Octets in base64url (RFC 4648 §5). Throws DOMException for what is none. */
export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/** The public CryptoKey of an encoded COSE_Key. Rejects with FormatError. */
export const keyFrom = async (data) => fromCoseKey(cbor.parse(data));
