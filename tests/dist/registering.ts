/**
 * The modules that register something when they are loaded, and those that load them for that: a bundler keeps these,
 * and of the others what a program uses. Sources, as paths in the checkout; a test holds that it is these.
 */
export const registering: readonly string[] = [
  "core/backend.ts",
  "core/display/mod.ts",
  "core/expr/complete.ts",
  "core/expr/e.ts",
  "core/expr/legalize.ts",
  "core/expr/mod.ts",
  "core/expr/scalars/activation.ts",
  "core/expr/scalars/floats.ts",
  "core/expr/scalars/plane.ts",
  "core/expr/scalars/powers.ts",
  "core/methods.ts",
  "core/mod.ts",
  "core/ops/distributions/mod.ts",
  "core/ops/distributions/names.ts",
  "core/primitives/mod.ts",
  "core/transforms.ts",
  "backends/blas/register.ts",
  "backends/cpu/mod.ts",
  "backends/mod.ts",
  "backends/wasm/mod.ts",
  "backends/webgpu/mod.ts",
  "mod.ts",
];
