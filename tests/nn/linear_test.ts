/** The affine layer against PyTorch's. */
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/linear.json" with { type: "json" };

againstPyTorch(reference);
