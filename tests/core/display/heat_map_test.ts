import { ShapeError, tensor, zeros } from "@tapegrad/core";
import { heatMap } from "@tapegrad/core/display";
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import "../../backend_traits.ts";
import { bundleOf } from "./bundle.ts";

function colorsOf(svg: string): string[] {
  const [cells] = /<g class="cells".*?<\/g>/.exec(svg)!;
  return [...cells.matchAll(/fill="(#\w+)"/g)].map(([, color]) => color);
}

Deno.test("numbers of both signs are blue and red around white, others dark to bright", async () => {
  assertEquals(colorsOf(await heatMap(tensor([[-2, 0, 2]])).toSVG()), ["#2166ac", "#f7f7f7", "#b2182b"]);
  assertEquals(colorsOf(await heatMap(tensor([[0, 2]])).toSVG()), ["#440154", "#fde725"]);
  assertEquals(colorsOf(await heatMap(tensor([[-3, -1]])).toSVG()), ["#440154", "#fde725"]);
  assertEquals(colorsOf(await heatMap(tensor([[3, 3]])).toSVG()).length, 2);
});

Deno.test("infinities have the colours of the ends, NaN its own, and nothing is drawn of nothing", async () => {
  const svg = await heatMap(tensor([[-Infinity, 1, 2, Infinity, NaN]])).toSVG();
  assertEquals(colorsOf(svg), ["#440154", "#440154", "#fde725", "#fde725", "#bbb"]);
  assertEquals(svg.includes("Infinity</text>"), false);
  assertEquals(colorsOf(await heatMap(zeros([0, 3])).toSVG()), []);
  assertEquals(colorsOf(await heatMap(tensor([[NaN]])).toSVG()), ["#bbb"]);
});

Deno.test("a range is given, of what is shown and of more", async () => {
  assertEquals(colorsOf(await heatMap(tensor([[0, 1, 5]]), { range: [0, 1] }).toSVG()), [
    "#440154",
    "#fde725",
    "#fde725",
  ]);
});

Deno.test("integers and truth values are drawn, views too", async () => {
  const x = tensor([[0, 1], [0, 0]], { dtype: "i32" });
  assertEquals(colorsOf(await heatMap(x.transpose()).toSVG()).indexOf("#fde725"), 2);
  assertEquals(colorsOf(await heatMap(x.greater(0)).toSVG()).indexOf("#fde725"), 1);
});

Deno.test("of a large matrix means are drawn, and its extents are told", async () => {
  const svg = await heatMap(zeros([1000, 130])).toSVG();
  assertEquals(colorsOf(svg).length, 64 * 64);
  for (const last of [">999</text>", ">129</text>"]) assertStringIncludes(svg, last);
});

Deno.test("titles are texts, whatever is in them", async () => {
  const svg = await heatMap(tensor([[1]]), { title: '<script>"&\u0007' }).toSVG();
  assertStringIncludes(svg, ">&#60;script&#62;&#34;&#38;\\u{7}</text>");
});

Deno.test("notebooks show the picture, and consoles what it is of", async () => {
  const map = heatMap(tensor([[1, 2]])), bundle = await bundleOf(map);
  assertEquals(bundle, { "image/svg+xml": await map.toSVG(), "text/plain": "heat map of f32 [1, 2]" });
});

Deno.test("what is no matrix, and ranges that are none, are refused", () => {
  assertThrows(
    () => heatMap(zeros([2, 3, 4])),
    ShapeError,
    "Cannot draw a heat map of [2, 3, 4]: a matrix is needed",
  );
  assertThrows(() => heatMap([[1]] as never), TypeError, "draw a heat map of");
  assertThrows(() => heatMap(zeros([1, 1]), { range: [1, 0] }), RangeError, "from [1, 0]");
  assertThrows(() => heatMap(zeros([1, 1]), { color: 1 } as never), TypeError, "color");
});
