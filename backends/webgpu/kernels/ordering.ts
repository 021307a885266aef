/** Elements as unsigned integers in the same order, which no compiler takes for floats. */
import type { RegisterType } from "../wgsl/types.ts";

const ascending: Readonly<Record<RegisterType, string>> = {
  f32: `
fn ascending(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return 0xffffffffu; }
  return select(0x80000000u + size, 0x80000000u - size, bits != size);
}`,
  i32: "fn ascending(x: i32) -> u32 { return bitcast<u32>(x) ^ 0x80000000u; }",
  u32: "fn ascending(x: u32) -> u32 { return x; }",
  bool: "fn ascending(x: bool) -> u32 { return select(0u, 1u, x); }",
};

/** The source of `keyOf`, which grows with elements of a type: equals share it, NaN has the largest. */
export function ascendingKey(type: RegisterType): string {
  return `${ascending[type]}\nfn keyOf(x: ${type}) -> u32 { return ascending(x); }`;
}

/** The source of a `keyOf` that falls, though a NaN still has the largest. */
export function leastFirstKey(type: RegisterType): string {
  const reversed = type === "f32" ? "select(~k, k, k == 0xffffffffu)" : "~k";
  return `${ascending[type]}
fn keyOf(x: ${type}) -> u32 {
  let k = ascending(x);
  return ${reversed};
}`;
}
