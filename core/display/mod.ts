/**
 * Tensors in notebooks: importing it has a Jupyter notebook show a tensor as a table, as `@tapegrad/tapegrad` does by
 * itself; and heat maps of matrices.
 *
 * @module
 */
import { type MimeBundle, showInNotebook } from "../base/html.ts";
import { Tensor } from "../tensor/tensor.ts";
import { tensorBundle } from "./tensor_display.ts";

export { HeatMap, heatMap, type HeatMapOptions } from "./heat_map.ts";

showInNotebook(Tensor.prototype, function (): Promise<MimeBundle> {
  return tensorBundle(this);
});
