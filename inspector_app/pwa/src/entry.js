// One line of the log of this phone. Only what a signature vouches for is kept as a name or number; of a code that nobody vouches for the
// reference stays, and of somebody else's code not even its text.
import { ours } from "./core.js";
import * as slips from "./slips.js";

/**
 * @typedef {object} Entry
 * @property {string} id        stable, made on this phone (UUID)
 * @property {string} sighting  the same for codes that were in view together
 * @property {?string} earlier  the sighting whose place was compared again
 * @property {boolean} recalled  judged from the log, without its place
 * @property {number} at        when the verdict was given, milliseconds since 1970 UTC
 * @property {"license"|"receipt"|"notice"|"unproven"|"foreign"} kind  what the code is: one of the first three if the signature held
 * @property {"valid"|"undecided"|"invalid"} decision
 * @property {"genuine"|"not_valid"|"cannot_tell"|null} seal  null for a slip, and without lists
 * @property {"here"|"elsewhere"|"cannot_tell"|"not_checked"} place
 * @property {string} reason    the code of the finding that decided
 * @property {object} detail    what fills the gaps of its sentence
 * @property {?number} distance_dm     to the licensed site, decimetres
 * @property {?number} uncertainty_dm  of that distance, at 95 %
 * @property {?string} number   of the license, the application or the notice
 * @property {?number} edition
 * @property {?string} name     the licensed thing's
 * @property {?string} reference  as people report it
 * @property {?string} text     the code, to be judged again; null for somebody else's
 * @property {{trust: number, status: number}|null} lists  sequence of the trust list, time of the newest status list
 * @property {{at: number, decision: string, seal: string, reason: string, detail: object}|null} changed  what newer lists made of it
 */

const UNDECIDED = { decision: "undecided", seal: null, place: "not_checked", reason: "trust_list_missing", detail: {} };

/** The entries of a sighting whose verdict is given. The same sighting always makes the same ids. */
export function entries(sighting) {
  return sighting.texts.map((text, i) => {
    const [first, newest] = [sighting.first[i]?.[1], sighting.pairs[i]?.[1]];
    const about = sighting.slip ? ofSlip(sighting.slip) : ofVerdict(newest);
    return Object.freeze({
      id: `${sighting.id}-${i}`,
      sighting: sighting.id,
      earlier: sighting.earlier?.id ?? null,
      recalled: sighting.recalled,
      at: sighting.given,
      text: keeps(text) ? text : null,
      ...about,
      kind: about.kind ?? (keeps(text) ? "unproven" : "foreign"),
      ...(sighting.slip ? {} : told(first)),
      changed: sighting.changed && newest ? { at: sighting.changed, ...outcome(newest) } : null,
    });
  });
}

const keeps = (text) => ours(text) || slips.kindOf(text) !== null;

const outcome = ({ decision, seal, reason: { code, detail } }) => ({ decision, seal, reason: code, detail: { ...detail } });

/** What was told when the verdict was given. */
function told(verdict) {
  if (!verdict) return { ...UNDECIDED, distance_dm: null, uncertainty_dm: null, reference: null, lists: null };
  const { distance_dm = null, uncertainty_dm = null } = verdict.findings.at(-1).detail;
  const lists = { trust: verdict.trustSequence, status: verdict.statusIat };
  return { ...outcome(verdict), place: verdict.place, distance_dm, uncertainty_dm, reference: verdict.reference, lists };
}

/** Whom it is about: newer lists may prove what the first ones could not. */
function ofVerdict(verdict) {
  if (!verdict?.claims) return { kind: null, number: null, edition: null, name: null };
  const { number, license } = verdict;
  const { edition } = verdict.claims;
  return { kind: "license", number, edition, name: license.tradeName };
}

function ofSlip(verdict) {
  const held = slips.holds(verdict) && verdict.held;
  return {
    ...UNDECIDED,
    kind: held ? verdict.kind : null,
    decision: slips.worth(verdict),
    reason: verdict.code,
    distance_dm: null,
    uncertainty_dm: null,
    number: held ? held.number : null,
    edition: null,
    name: null, // whose it is is nobody's business afterwards
    reference: null,
    lists: null,
  };
}
