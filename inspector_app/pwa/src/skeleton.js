// Names as people search for them. The twin of issuer.intake.texts.skeleton: what the office finds by a word, the phone finds by it.
const ALIKE = { ٱ: "ا", ى: "ي", ی: "ي", ک: "ك", ة: "ه", ہ: "ه", ھ: "ه", ە: "ه" };
const MIXED_UP = new RegExp(`[${Object.keys(ALIKE).join("")}]`, "g");
const DIGITS = /[٠-٩۰-۹]/g;
const NOT_READ = /[^\p{L}\p{N}]|[ـء]/gu;

/** What stays of a text when its spelling does not count: letters and digits, in one form for those often mixed up. */
export function skeleton(text) {
  const plain = text.normalize("NFKD").replace(MIXED_UP, (letter) => ALIKE[letter]);
  const latin = plain.replace(DIGITS, (digit) => String(digit.codePointAt(0) & 0xf));
  const lower = latin.toLowerCase().replaceAll("ς", "σ").replaceAll("ß", "ss"); // as Unicode's case folding has it
  return lower.normalize("NFKD").replace(NOT_READ, "");
}
