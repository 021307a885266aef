/** A network learns to part two classes of points while the page shows what it says between them. */
import {
  Adam,
  bceWithLogitsLoss,
  Linear,
  linspace,
  manualSeed,
  meshgrid,
  noGrad,
  scope,
  Sequential,
  stack,
  Tanh,
  tensor,
} from "@tapegrad/tapegrad";

const CELLS = 40, STEPS = 10;
const canvas = document.querySelector("canvas"), output = document.querySelector("output");
const pen = canvas.getContext("2d");

// Two half-moons, within -1 … 1.
const points = Array.from({ length: 40 }, (_, i) => {
  const angle = Math.PI * (i % 20) / 19, label = Number(i >= 20);
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  return label
    ? { x: 0.3 - 0.6 * x, y: 0.2 - 0.6 * y, label }
    : { x: 0.6 * x - 0.3, y: 0.6 * y - 0.2, label };
});

manualSeed(1);
const model = new Sequential(
  new Linear(2, 16),
  new Tanh(),
  new Linear(16, 16),
  new Tanh(),
  new Linear(16, 1),
);
const optimizer = new Adam(model, { learningRate: 0.02 });
const axis = linspace(-1, 1, CELLS);
const grid = stack(meshgrid([axis, axis], { indexing: "xy" }), 2).reshape([-1, 2]);

/** Some steps on all points, and the share of them that is told apart. */
async function learn() {
  const x = tensor(points.map(({ x, y }) => [x, y])), y = tensor(points.map(({ label }) => [label]));
  for (let step = 0; step < STEPS; step++) {
    scope(() => {
      optimizer.zeroGrad();
      bceWithLogitsLoss(model.forward(x), y).backward();
      optimizer.step();
    });
  }
  return await noGrad(() => model.forward(x)).greater(0).equal(y.greater(0.5)).to("f32").mean().item();
}

async function draw() {
  const shares = await noGrad(() => model.forward(grid)).sigmoid().data(), size = canvas.width / CELLS;
  shares.forEach((share, i) => {
    pen.fillStyle = `hsl(${share > 0.5 ? 30 : 210} 90% ${95 - 60 * Math.abs(share - 0.5)}%)`;
    pen.fillRect(i % CELLS * size, Math.floor(i / CELLS) * size, size + 1, size + 1);
  });
  for (const { x, y, label } of points) {
    pen.fillStyle = label ? "#b34700" : "#00479e";
    pen.beginPath();
    pen.arc((x + 1) / 2 * canvas.width, (y + 1) / 2 * canvas.height, 4, 0, 7);
    pen.fill();
  }
}

canvas.addEventListener("click", ({ offsetX, offsetY, shiftKey }) => {
  const place = (at, extent) => 2 * at / extent - 1;
  const [x, y] = [place(offsetX, canvas.clientWidth), place(offsetY, canvas.clientHeight)];
  points.push({ x, y, label: Number(shiftKey) });
});

for (let steps = STEPS;; steps += STEPS) {
  const right = await learn();
  await draw();
  output.textContent = `After ${steps} steps ${
    Math.round(100 * right)
  } % of ${points.length} points are right`;
  document.title = right === 1 ? "Learned" : "Two classes";
  await new Promise(requestAnimationFrame);
}
