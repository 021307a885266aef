/** Dropouts, and slopes at random, against PyTorch's where nothing is drawn. */
import { againstPyTorch } from "./against_pytorch.ts";
import reference from "./reference/dropouts.json" with { type: "json" };

againstPyTorch(reference);
