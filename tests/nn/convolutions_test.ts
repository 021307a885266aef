/** Convolutional layers against PyTorch's. */
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/convolutions.json" with { type: "json" };

againstPyTorch(reference);
