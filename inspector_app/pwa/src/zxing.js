// zxing-cpp as WebAssembly. The picture is written into a buffer that is kept, and every result is handed back, so memory stays as it is.
import {
  binarizers,
  characterSets,
  defaultReaderOptions,
  eanAddOnSymbols,
  encodeFormats,
  prepareZXingModule,
  textModes,
} from "zxing-wasm/reader";

// `QRCode` is a family in zxing-cpp and would return Micro QR too.
const OPTIONS = {
  ...defaultReaderOptions,
  formats: encodeFormats(["QRCodeModel2"]),
  binarizer: binarizers.indexOf(defaultReaderOptions.binarizer),
  eanAddOnSymbol: eanAddOnSymbols.indexOf(defaultReaderOptions.eanAddOnSymbol),
  textMode: textModes.indexOf("Plain"),
  characterSet: characterSets.indexOf(defaultReaderOptions.characterSet),
  maxNumberOfSymbols: 255,
};
const FAILED = { ...OPTIONS, returnErrors: true };

/** A reader whose WebAssembly comes from `wasm`, an address of our own host or its bytes. */
export async function reader(wasm) {
  const overrides = typeof wasm === "string" ? { locateFile: () => wasm } : { wasmBinary: wasm };
  const module = await prepareZXingModule({ overrides, fireImmediately: true });
  let [room, size] = [0, 0];

  function written(data) {
    if (data.length > size) {
      if (room) module._free(room);
      room = module._malloc(data.length);
      if (!room) throw new RangeError("no memory for the picture");
      size = data.length;
    }
    module.HEAPU8.set(data, room);
    return room;
  }

  function found({ width, height, data }, options, told) {
    const results = module.readBarcodesFromPixmap(written(data), width, height, options);
    try {
      return Array.from({ length: results.size() }, (_, i) => told(results.get(i)));
    } finally {
      results.delete();
    }
  }

  return {
    /** The texts of the QR codes in a grey picture, by the writing that each names, or the likeliest: it need not be UTF-8. */
    decode(picture) {
      return found(picture, OPTIONS, ({ text }) => text);
    },
    /** The frames {quad, modules} of the codes that were seen in a grey picture and not read. */
    failed(picture) {
      return found(picture, FAILED, frameOf).filter(Boolean);
    },
    /** Octets of memory that the reader holds. */
    get held() {
      return module.HEAPU8.length;
    },
  };
}

function frameOf({ isValid, version, position: { topLeft, topRight, bottomRight, bottomLeft } }) {
  if (isValid || !/^[0-9]+$/.test(version)) return null;
  return { quad: [topLeft, topRight, bottomRight, bottomLeft].map(({ x, y }) => [x, y]), modules: 17 + 4 * Number(version) };
}
