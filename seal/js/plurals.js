/**
 * Counted things in words: the form of a sentence that goes with a number (Unicode CLDR, plural rules for cardinals).
 *
 * A sentence that counts has its forms in one text, divided by `|`: one, two, few, many, other in Arabic; one, other in English. What is
 * counted is the first gap of the last form. None of our sentences has words of its own for nothing: 0 takes the last form.
 */

export const FORMS = Object.freeze({ ar: ["one", "two", "few", "many", "other"], en: ["one", "other"] });
const GAP = /\{(\w+)\}/;

/** Return the plural category of a number, 0 or more. */
export function category(number, language) {
  if (language === "en") return number === 1 ? "one" : "other";
  if (number < 3) return ["zero", "one", "two"][number];
  const rest = number % 100;
  if (rest >= 3 && rest <= 10) return "few";
  return rest >= 11 ? "many" : "other";
}

/** Return the form of `template` that goes with its count, the template itself if it counts nothing. Throws RangeError without the count. */
export function chosen(template, gaps, language) {
  const forms = template.split("|");
  const counted = GAP.exec(forms.at(-1));
  if (forms.length === 1 || !counted) return template;
  if (!Object.hasOwn(gaps, counted[1])) throw new RangeError(`no count ${counted[1]}`);
  return forms[FORMS[language].indexOf(category(Number(gaps[counted[1]]), language))] ?? forms.at(-1);
}
