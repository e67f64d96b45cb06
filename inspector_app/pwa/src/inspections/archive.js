// A ZIP archive (PKWARE APPNOTE 6.3.3) of files as they are, not compressed: photographs and signed messages hardly become smaller.
const DOS_DAY = 0x21; // 1 January 1980: what is in the archive says itself when it was made
const UTF8_NAMES = 0x800;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];

const TABLE = Uint32Array.from({ length: 256 }, (_, octet) => {
  let value = octet;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as ZIP has it. */
export function crc32(octets) {
  let sum = 0xffffffff;
  for (const octet of octets) sum = TABLE[(sum ^ octet) & 0xff] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** Numbers as little-endian octets: [value, width] each. */
function packed(...numbers) {
  const made = new DataView(new ArrayBuffer(numbers.reduce((size, [, width]) => size + width, 0)));
  let place = 0;
  for (const [value, width] of numbers) {
    if (width === 2) made.setUint16(place, value, true);
    else made.setUint32(place, value, true);
    place += width;
  }
  return new Uint8Array(made.buffer);
}

/** The archive as a Blob. `files` maps names, in ASCII, to byte strings. */
export function zip(files) {
  const [parts, directory] = [[], []];
  let [place, size] = [0, 0];
  for (const [name, octets] of Object.entries(files)) {
    const title = new TextEncoder().encode(name);
    const about = [[20, 2], [UTF8_NAMES, 2], [0, 2], [0, 2], [DOS_DAY, 2], [crc32(octets), 4], [octets.length, 4], [octets.length, 4], [title.length, 2], [0, 2]];
    const local = packed([LOCAL, 4], ...about);
    const entry = packed([CENTRAL, 4], [20, 2], ...about, [0, 2], [0, 2], [0, 2], [0, 4], [place, 4]);
    parts.push(local, title, octets);
    directory.push(entry, title);
    place += local.length + title.length + octets.length;
    size += entry.length + title.length;
  }
  const count = directory.length / 2;
  const end = packed([END, 4], [0, 2], [0, 2], [count, 2], [count, 2], [size, 4], [place, 4], [0, 2]);
  return new Blob([...parts, ...directory, end], { type: "application/zip" });
}
