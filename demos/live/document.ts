import { dark, light } from "../charts/theme.ts";
import { names, paces } from "./catalog.ts";
import { liveTexts } from "./texts.ts";

/** What the page may load and run. */
export const POLICY =
  "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
  "img-src data:; base-uri 'none'; form-action 'none'";

/** The worker alone may generate code, and only where its own headers do not forbid it, and have threads beside it. */
export const WORKER_POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'; worker-src blob:";

const HEAD = `<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>tapegrad: descents on your own device</title>
<meta name="description" content="Gradient descent, a perceptron and a network that reads digits, trained in this page while you watch.">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<script type="module" src="page.js"></script>
</head>`;

const OUTCOME = `<section id="outcome" aria-label="Outcome">
<div class="state">
<p id="status" role="status"></p>
<p id="device" aria-live="polite"></p>
<progress id="progress" max="1" value="0" aria-label="Steps taken" hidden></progress>
</div>
<div id="charts"><div class="scroll"><table id="numbers" hidden></table></div></div>
</section>`;

// What the script fills in, once a path and once a chart.
const TEMPLATES = `<template id="path">
<div role="group">
<div class="path"><span class="swatch"></span><button type="button" class="remove quiet">×</button></div>
<p class="fault"></p>
</div>
</template>
<template id="figure">
<figure><div class="chart" tabindex="0"></div><figcaption></figcaption></figure>
</template>`;

/** The page: every word of it that does not depend on a run. */
export function liveDocument(): string {
  return `<!doctype html>
<html lang="en">
${HEAD}
<body>
<header>
<h1>Watch gradients at work</h1>
<p>Choose an experiment, change what you like and press Run. tapegrad computes it here, on your own device,
and the chart follows.</p>
<noscript><p>This page computes, so it needs JavaScript.</p></noscript>
</header>
<main id="main" data-state="ready">
${settings()}
${OUTCOME}
</main>
${TEMPLATES}
<footer>Drawn by Vega and specified in Vega-Lite, both of the University of Washington Interactive Data Lab, under
the BSD 3-Clause License. Nothing you enter leaves this page; its address keeps your settings.</footer>
</body>
</html>
`;
}

// What a run depends on.
function settings(): string {
  return `<form id="settings" novalidate>
<fieldset class="experiments">
<legend>Experiment</legend>
<div class="tabs">
${names.map(experiment).join("\n")}
</div>
</fieldset>
${names.map(about).join("\n")}
<fieldset id="paths">
<legend></legend>
<div class="path heads" aria-hidden="true"></div>
<div id="rows"></div>
<button type="button" id="add" class="quiet">Add a path</button>
</fieldset>
<div class="fields">
${field("steps", "Steps", `type="number" inputmode="numeric"`)}
${field("seed", "Seed", `type="number" inputmode="numeric" placeholder="none"`)}
${select("pace", "Pace", Object.entries(paces).map(([value, { label }]) => [value, label]))}
${select("backend", "Backend", [])}
</div>
<div class="actions">
<button type="submit" id="run" aria-describedby="keys">Run</button>
<button type="button" id="stop" disabled>Stop</button>
<button type="reset" id="defaults" class="quiet">Defaults</button>
</div>
<p id="keys" class="hint"><kbd>Enter</kbd> in a field runs, <kbd>Esc</kbd> stops.</p>
</form>`;
}

function experiment(name: typeof names[number]): string {
  return `<label><input type="radio" name="experiment" value="${name}"><span>${
    liveTexts[name].title
  }</span></label>`;
}

function about(name: typeof names[number]): string {
  const { formula, paragraph } = liveTexts[name];
  return `<div class="about" data-about="${name}" hidden>\n${formula}\n<p>${paragraph}</p>\n</div>`;
}

function field(name: string, label: string, attributes: string): string {
  return `<div class="field" id="${name}-field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" ${attributes} autocomplete="off" aria-describedby="${name}-fault">
<p class="fault" id="${name}-fault"></p></div>`;
}

function select(name: string, label: string, options: readonly (readonly [string, string])[]): string {
  return `<div class="field" id="${name}-field"><label for="${name}">${label}</label>
<select id="${name}" name="${name}">${
    options.map(([value, text]) => `<option value="${value}">${text}</option>`).join("")
  }</select></div>`;
}

/** The colours of the paths, which the fields and the table share with the charts. */
export function seriesStyle(): string {
  const colors = (config: typeof light): string => {
    const { category } = config.range as { category: readonly string[] };
    return category.map((color, i) => `--series-${i}: ${color};`).join(" ");
  };
  return `:root { ${colors(light)} }\n@media (prefers-color-scheme: dark) { :root { ${colors(dark)} } }\n`;
}
