/** Layers that resample against PyTorch's. */
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/resampling.json" with { type: "json" };

againstPyTorch(reference);
