/** Layers that pad against PyTorch's. */
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/paddings.json" with { type: "json" };

againstPyTorch(reference);
