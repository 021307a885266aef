/** The bits of the WebGPU specification that say what a buffer is for; not every type library has them. */

/** https://www.w3.org/TR/webgpu/#buffer-usage */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

/** https://www.w3.org/TR/webgpu/#typedefdef-gpushaderstageflags */
export const COMPUTE_STAGE = 0x4;

/** https://www.w3.org/TR/webgpu/#typedefdef-gpumapmodeflags */
export const MAP_FOR_READING = 0x1;
