import { heatMap } from "@tapegrad/core/display";
import { assertThrows } from "@std/assert";

assertThrows(() => heatMap([[1]] as never), TypeError);
