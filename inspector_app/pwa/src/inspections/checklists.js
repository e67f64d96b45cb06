// What an inspector looks at, for each type of license: data of the authority, fetched at each contact and kept for the street. What does
// not have its form is left out.
const MOST = 200;
const TEXT_MOST = 300;

const text = (value) => typeof value === "string" && value.length > 0 && value.length <= TEXT_MOST;
const code = (value) => typeof value === "string" && /^[a-z][a-z0-9_.]{0,47}$/.test(value); // what an inspection can name
const named = (value) => text(value?.ar) && text(value?.en);

/** {id, version, types, items: [{id, name}]} in what the server told, null if it is something else. */
function parsed(told) {
  const { id, version, items } = told ?? {};
  const types = Array.isArray(told?.types) ? told.types.filter(text) : text(told?.type) ? [told.type] : [];
  if (!code(id) || !Number.isSafeInteger(version) || version < 1 || !Array.isArray(items)) return null;
  return { id, version, types, items: items.map(item).filter(Boolean).slice(0, MOST) };
}

function item(told) {
  const name = named(told?.name) ? told.name : told;
  return code(told?.id) && named(name) ? { id: told.id, name: { ar: name.ar, en: name.en } } : null;
}

/** All checklists in what the server told. */
export function checklistsIn(told) {
  return Array.isArray(told) ? told.map(parsed).filter(Boolean).slice(0, MOST) : [];
}

/** The newest checklist for a type of license, null without any. */
export function checklistFor(all, type) {
  const fitting = all.filter(({ types }) => types.includes(type));
  return fitting.reduce((newest, one) => (newest && newest.version >= one.version ? newest : one), null);
}
