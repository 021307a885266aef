/** Every primitive, made known under its name. */
import { definePrimitive } from "../define/primitive.ts";
import { transfer } from "../ops/convert.ts";
import { gatherAt, scatterAt } from "./indexing.ts";
import { map } from "./map.ts";
import { matrixProduct } from "./matmul.ts";
import { concatenate, contiguousCopy, fold, pad } from "./movement.ts";
import { countTo, scan, sortOrder } from "./ordered.ts";
import { reduce } from "./reduce.ts";
import { expandView, permuteView, reshapeView, sliceView, unfoldView } from "./views.ts";

definePrimitive(map, { arity: Infinity });
definePrimitive(reduce, { arity: Infinity });
definePrimitive(matrixProduct, { arity: 2 });
for (const view of [reshapeView, permuteView, expandView, sliceView, unfoldView]) {
  definePrimitive(view as typeof reshapeView, { arity: 1 });
}
definePrimitive(contiguousCopy, { arity: 1 });
definePrimitive(concatenate, { arity: Infinity });
definePrimitive(pad, { arity: 1 });
definePrimitive(fold, { arity: 1 });
definePrimitive(gatherAt, { arity: 2 });
definePrimitive(scatterAt, { arity: 3 });
definePrimitive(scan, { arity: 2 });
definePrimitive(sortOrder, { arity: 1 });
definePrimitive(countTo, { arity: 0, dtypes: ["u32"] });
definePrimitive(transfer, { arity: 1 });
