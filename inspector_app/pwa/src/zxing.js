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
  maxNumberOfSymbols: 16,
};
const utf8 = new TextDecoder();

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

  return {
    /** The texts of the QR codes in a grey picture. */
    decode({ width, height, data }) {
      const found = module.readBarcodesFromPixmap(written(data), width, height, OPTIONS);
      try {
        return Array.from({ length: found.size() }, (_, i) => utf8.decode(found.get(i).bytes));
      } finally {
        found.delete();
      }
    },
    /** Octets of memory that the reader holds. */
    get held() {
      return module.HEAPU8.length;
    },
  };
}
