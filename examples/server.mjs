// deno-lint-ignore-file explicit-function-return-type -- it is JavaScript
/**
 * A server of predictions by Node's http: `node server.mjs 8000` serves until it is stopped; without a port it asks
 * itself and ends.
 */
import { deepStrictEqual, ok } from "node:assert/strict";
import { createServer } from "node:http";
import process from "node:process";
import { Adam, Linear, manualSeed, mseLoss, noGrad, Sequential, Tanh, tensor } from "@tapegrad/tapegrad";

// In earnest: `model.loadStateDict(await load("model.safetensors"))`.
manualSeed(1);
const model = new Sequential(new Linear(2, 16), new Tanh(), new Linear(16, 1));
const optimizer = new Adam(model, { learningRate: 0.03 });
const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]), y = tensor([[0], [1], [1], [0]]);
for (let step = 0; step < 200; step++) {
  optimizer.zeroGrad();
  mseLoss(model.forward(x), y).backward();
  optimizer.step();
}
model.eval();

/** Rows of two finite numbers, and not too many of them. */
function isInput(rows) {
  const isRow = (row) => Array.isArray(row) && row.length === 2 && row.every(Number.isFinite);
  return Array.isArray(rows) && rows.length > 0 && rows.length <= 1000 && rows.every(isRow);
}

async function bodyOf(request, most = 100_000) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) if ((text += chunk).length > most) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerTo(request) {
  if (request.method !== "POST" || request.url !== "/predict") {
    return [404, { error: "POST /predict is what there is" }];
  }
  const rows = await bodyOf(request);
  if (!isInput(rows)) return [400, { error: "A list of pairs of numbers is needed" }];
  const output = await noGrad(() => model.forward(tensor(rows))).array();
  return [200, output.map(([value]) => value)];
}

const server = createServer(async (request, response) => {
  const [status, body] = await answerTo(request).catch(() => [500, { error: "It failed" }]);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});

const port = process.argv[2];
await new Promise((listening) => server.listen(Number(port ?? 0), "127.0.0.1", listening));
const address = `http://127.0.0.1:${server.address().port}/predict`;
console.log(`POST [[0, 1], …] to ${address}`);

if (port === undefined) {
  const ask = (body) => fetch(address, { method: "POST", body });
  const answers = await (await ask("[[0, 0], [0, 1], [1, 0]]")).json();
  console.log(`It answers ${answers.map((value) => value.toFixed(2)).join(", ")}`);
  deepStrictEqual(answers.map((value) => value > 0.5), [false, true, true]);
  for (const wrong of ["[[0, 1, 2]]", "[]", '[["a", 1]]', "{"]) {
    ok((await ask(wrong)).status === 400, `${wrong} is refused`);
  }
  server.closeAllConnections();
  server.close();
}
