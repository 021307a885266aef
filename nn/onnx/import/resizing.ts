/** Images in other sizes, by elements read along one axis after the other. */
import * as core from "@tapegrad/core";
import type { Tensor } from "@tapegrad/core";
import { axisOf, type Call, type Operator } from "./call.ts";
import { integers } from "./known.ts";

/** Where an axis is read from: its extent before and thereafter, and the scale. */
interface Along {
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

const places: Readonly<Record<string, (i: number, along: Along) => number>> = {
  "half_pixel": (i, { scale }) => (i + 0.5) / scale - 0.5,
  "half_pixel_symmetric": (i, { scale, from, to }) => {
    const adjusted = to / (scale * from), middle = from / 2;
    return middle * (1 - adjusted) + (i + 0.5) / scale - 0.5;
  },
  "pytorch_half_pixel": (i, { scale, to }) => to > 1 ? (i + 0.5) / scale - 0.5 : 0,
  "align_corners": (i, { from, to }) => to === 1 ? 0 : i * (from - 1) / (to - 1),
  asymmetric: (i, { scale }) => i / scale,
};

const nearest: Readonly<Record<string, (x: number) => number>> = {
  "round_prefer_floor": (x) => Math.ceil(x - 0.5),
  "round_prefer_ceil": (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** What is read for an element: which, and how much each counts. */
type Taps = (x: number) => readonly (readonly [index: number, weight: number])[];

function linear(x: number): [number, number][] {
  const low = Math.floor(x), rest = x - low;
  return [[low, 1 - rest], [low + 1, rest]];
}

// Keys (1981).
function cubic(a: number): Taps {
  return (x) => {
    const low = Math.floor(x), rest = x - low;
    return [-1, 0, 1, 2].map((k): [number, number] => {
      const t = Math.abs(rest - k);
      if (t <= 1) return [low + k, ((a + 2) * t - (a + 3)) * t * t + 1];
      return [low + k, ((a * t - 5 * a) * t + 8 * a) * t - 4 * a];
    });
  };
}

function chosen<T>(call: Call, table: Readonly<Record<string, T>>, name: string, otherwise: string): T {
  const value = call.text(name, otherwise);
  if (Object.hasOwn(table, value)) return table[value];
  throw new TypeError(`${name} ${core.quoted(value)} is not covered: ${Object.keys(table).join(", ")} are`);
}

function tapsOf(call: Call): Taps {
  const mode = call.text("mode", "nearest");
  if (mode === "linear" || mode === "bilinear") return linear;
  if (mode === "cubic") return cubic(call.float("cubic_coeff_a", -0.75));
  if (mode !== "nearest") throw new TypeError(`the mode ${core.quoted(mode)} is not covered`);
  const round = call.version < 11
    ? nearest.floor
    : chosen(call, nearest, "nearest_mode", "round_prefer_floor");
  return (x) => [[round(x), 1]];
}

function resizedAlong(
  x: Tensor,
  axis: number,
  along: Along,
  place: (i: number, along: Along) => number,
  taps: Taps,
): Tensor {
  const last = along.from - 1, all = Array.from({ length: along.to }, (_, i) => taps(place(i, along)));
  const sum = all[0].map((_, k): Tensor => {
    const index = integers(all.map((tap) => Math.min(Math.max(tap[k][0], 0), last)));
    const read = core.indexSelect(x, axis, core.tensor(Int32Array.from(index.data), { backend: x.backend }));
    if (all[0].length === 1) return read;
    const weights = core.tensor(all.map((tap) => tap[k][1]), { dtype: x.dtype, backend: x.backend });
    return core.mul(read, core.reshape(weights, [along.to, ...x.shape.slice(axis + 1).map(() => 1)]));
  });
  return sum.reduce((a, b) => core.add(a, b));
}

/** The extents after it along all axes, and the scale of each. */
function extentsOf(call: Call, x: Tensor): Along[] {
  const isOld = call.version < 11, axes = call.ints("axes") ?? x.shape.map((_, i) => i);
  const scales = call.version < 9 ? call.floats("scales") : call.numbers(isOld ? 1 : 2),
    sizes = isOld ? undefined : call.numbers(3);
  if (call.int("antialias", 0) === 1 || call.text("keep_aspect_ratio_policy", "stretch") !== "stretch") {
    throw new TypeError("antialias and keep_aspect_ratio_policy are not covered");
  }
  if (!scales && !sizes) throw new TypeError("neither scales nor sizes are there");
  const places = axes.map((axis) => axisOf(axis, x.rank));
  return x.shape.map((from, axis) => {
    const k = places.indexOf(axis);
    if (k < 0) return { from, to: from, scale: 1 };
    if (sizes) return { from, to: sizes[k], scale: sizes[k] / from };
    return { from, to: Math.floor(from * scales![k]), scale: scales![k] };
  });
}

const resize: Operator = (call) => {
  const x = call.tensor(0), taps = tapsOf(call);
  const usual = call.version < 11 ? "asymmetric" : "half_pixel";
  const place = chosen(call, places, "coordinate_transformation_mode", usual);
  if (call.int("exclude_outside", 0) === 1) throw new TypeError("exclude_outside is not covered");
  return extentsOf(call, x).reduce(
    (image, along, axis) => along.from === along.to ? image : resizedAlong(image, axis, along, place, taps),
    x,
  );
};

/** All of them, by name. */
export const resizing: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: resize };
