/**
 * Mapbox Vector Tiles (version 2.1): from octets to features, as far as a drawing needs it. The twin of maps/vector.py, which says why.
 */

const TEXT = new TextDecoder();

/** Return {layer: {extent, features: [{kind, tags, paths: [[x, y, x, y, …]]}]}} of the layers in `wanted`, a Set. Throws RangeError. */
export function decode(octets, wanted) {
  const layers = {};
  for (const [field, value] of fields(octets)) {
    const [name, layer] = field === 3 && typeof value === "object" ? layerOf(value, wanted) : [];
    if (layer) layers[name] = layer;
  }
  return layers;
}

function layerOf(octets, wanted) {
  let [name, extent] = ["", 4096];
  const [keys, values, features] = [[], [], []];
  for (const [field, value] of fields(octets)) {
    if (field === 5) extent = value;
    else if (field === 1) name = TEXT.decode(value);
    else if (field === 2) features.push(value);
    else if (field === 3) keys.push(TEXT.decode(value));
    else if (field === 4) values.push(textOf(value));
    if (field === 1 && !wanted.has(name)) return [];
  }
  if (!(extent > 0 && extent <= 65_536)) throw new RangeError("extent");
  return [name, { extent, features: features.map((each) => featureOf(each, keys, values)) }];
}

function featureOf(octets, keys, values) {
  const feature = { kind: 0, tags: {}, paths: [] };
  for (const [field, value] of fields(octets)) {
    if (field === 3) feature.kind = value;
    else if (field === 4) feature.paths = pathsOf([...varints(value)]);
    else if (field === 2) {
      const numbers = [...varints(value)];
      for (let at = 0; at + 1 < numbers.length; at += 2) feature.tags[keys[numbers[at]]] = values[numbers[at + 1]];
    }
  }
  return feature;
}

function pathsOf(numbers) {
  const paths = [];
  let [x, y, at] = [0, 0, 0];
  while (at < numbers.length) {
    const [command, times] = [numbers[at] & 7, numbers[at] >>> 3];
    at += 1;
    if (command === 7) {
      paths.at(-1).push(...paths.at(-1).slice(0, 2));
      continue;
    }
    if (at + 2 * times > numbers.length) throw new RangeError("geometry");
    for (let step = 0; step < times; step += 1, at += 2) {
      x += zigzag(numbers[at]);
      y += zigzag(numbers[at + 1]);
      if (command === 1) paths.push([]);
      paths.at(-1).push(x, y);
    }
  }
  return paths;
}

const zigzag = (number) => (number >>> 1) ^ -(number & 1);

/** What a tag says, where it is a text: nothing else is asked for. */
function textOf(octets) {
  for (const [field, value] of fields(octets)) if (field === 1) return TEXT.decode(value);
  return "";
}

function* fields(octets) {
  let at = 0;
  while (at < octets.length) {
    let key, value;
    [key, at] = varint(octets, at);
    if ((key & 7) === 0) {
      [value, at] = varint(octets, at);
      yield [key >>> 3, value];
    } else if ((key & 7) === 2) {
      [value, at] = varint(octets, at);
      if (at + value > octets.length) throw new RangeError("cut off");
      yield [key >>> 3, octets.subarray(at, at + value)];
      at += value;
    } else if ((key & 7) === 1 || (key & 7) === 5) at += (key & 7) === 1 ? 8 : 4;
    else throw new RangeError("wire type");
  }
}

function* varints(octets) {
  let [value, at] = [0, 0];
  while (at < octets.length) {
    [value, at] = varint(octets, at);
    yield value;
  }
}

/** A number of up to 53 bits: what a drawing needs has 32 at the most. */
function varint(octets, at) {
  let [value, times] = [0, 1];
  for (let octet = 0x80; octet >= 0x80; at += 1, times *= 128) {
    if (at >= octets.length || times > 2 ** 63) throw new RangeError("number");
    octet = octets[at];
    value += (octet & 0x7f) * times;
  }
  return [value, at];
}
