/** Layers whose weights are parametrized, against PyTorch's. */
import {
  key,
  memory,
  normal,
  read,
  scope,
  ShapeError,
  sub,
  type Tensor,
  tensor,
  zeros,
} from "@tapegrad/core";
import * as nn from "@tapegrad/nn";
import { Linear, parametrizations } from "@tapegrad/nn";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { precise, within } from "../backend_traits.ts";
import { againstPyTorch, type AnyLayer, type Case } from "./against_pytorch.ts";
import reference from "./reference/parametrizations.json" with { type: "json" };

type LayerClass = new (...args: readonly unknown[]) => AnyLayer;
const { orthogonal, spectralNorm, weightNorm } = parametrizations;
const by: Readonly<Record<string, (layer: AnyLayer, options: object) => AnyLayer>> = {
  orthogonal,
  spectralNorm,
  weightNorm,
};

function make({ layer, arguments: given, options, note }: Case): AnyLayer {
  const made = new (nn as unknown as Record<string, LayerClass>)[layer](...given);
  return by[note!](made, options);
}

// In training the vectors of a spectral norm follow the weight, off the tape; a vector has none of these.
function isFixed({ note, training, options }: Case): boolean {
  return note !== "spectralNorm" || !training || options.name === "bias";
}

// Signs on the diagonal, which a product of reflections is multiplied by, are constants that differences would see.
function isSmooth(given: Case): boolean {
  const { options: { orthogonalMap: map }, arguments: [columns, rows] } = given;
  const reflects = map === "householder" || map === undefined && columns !== rows;
  return isFixed(given) && !(given.note === "orthogonal" && reflects);
}

againstPyTorch(reference, { make, smooth: isSmooth, mapped: isFixed });

async function distance(a: Tensor, b: Tensor): Promise<number> {
  return await sub(a, b).abs().max().item();
}

for (const map of ["matrixExp", "cayley", "householder"] as const) {
  for (const shape of [[3, 3], [2, 4], [4, 2]] as const) {
    Deno.test(`${map} makes a weight of [${shape}] orthogonal, and takes over one that is`, async () => {
      const layer = orthogonal(new Linear(shape[1], shape[0]).to(precise([0]).dtype), {
        orthogonalMap: map,
        key: key(1),
      });
      const one = nn.init.orthogonal(normal(shape, { dtype: precise([0]).dtype, key: key(2) }), {
        key: key(3),
      });
      Object.assign(layer, { weight: one });
      assert(await distance(layer.weight, one) < within(1e-13, 1e-5));
      const { weight } = layer,
        gram = shape[0] > shape[1] ? weight.transpose().matmul(weight) : weight.matmul(weight.transpose());
      assert(await distance(gram, nn.init.eye(gram.zerosLike())) < within(1e-13, 1e-5));
    });
  }
}

Deno.test("large matrices have their exponential too", async () => {
  const layer = orthogonal(new Linear(2, 2).to(precise([0]).dtype)), angle = 300;
  Object.assign(layer, { weight: nn.init.eye(layer.weight.zerosLike()) });
  layer.loadStateDict(
    { "parametrizations.weight.original": tensor([[0, 0], [angle, 0]]) },
    { strict: false },
  );
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  assert(await distance(layer.weight, precise([[c, -s], [s, c]])) < within(1e-12, 1e-3));
});

Deno.test("a map without a base that cannot be turned around says so, and what is no matrix", () => {
  const asked = { orthogonalMap: "cayley", useTrivialization: false } as const;
  assertThrows(
    () => orthogonal(new Linear(2, 2), asked),
    TypeError,
    "made by cayley: useTrivialization: true",
  );
  assertThrows(() => orthogonal(new Linear(2, 2), { name: "bias" }), ShapeError, "[2]: a matrix or a stack");
  assertThrows(
    () => orthogonal(new Linear(2, 2), { orthogonalMap: "qr" as never }),
    TypeError,
    "matrixExp, cayley",
  );
  assertThrows(
    () => orthogonal(new Linear(2, 2), { name: "wieght" }),
    TypeError,
    '"wieght" of Linear: it has no',
  );
});

Deno.test("a step with an orthogonal weight leaves no memory behind", async () => {
  const layer = orthogonal(new Linear(3, 3), { key: key(1) }), x = zeros([2, 3]);
  const step = () =>
    scope(() => {
      layer.forward(x).sum().backward();
      layer.zeroGrad();
    });
  step();
  await read([layer.weight]);
  const before = memory();
  step();
  assertEquals(memory(), before);
});
