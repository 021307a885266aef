import type { Chart } from "../charts/chart.ts";
import { escape, inline } from "./html.ts";
import type { Text } from "./sections.ts";
import { highlighted } from "./source.ts";

/** An experiment as the page shows it. */
export interface Section extends Text {
  readonly name: string;
  readonly lines: readonly string[];
  readonly charts: readonly Chart[];
  /** Its program, and where that stands in the repository. */
  readonly source: string;
  readonly path: string;
}

export interface PageOptions {
  /** The bundle that draws the charts, and the style sheet; both stand in the page itself. */
  readonly script: string;
  readonly style: string;
  /** How the numbers were computed: "on its cpu backend in f32,". */
  readonly origin: string;
}

/** The gallery's page: all that it shows is in it, so that it opens from disk. */
export function page(sections: readonly Section[], { script, style, origin }: PageOptions): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tapegrad: ${sections.length === 1 ? sections[0].title : "five experiments"}</title>
<meta name="description" content="Automatic differentiation at work, from one gradient to a network that reads digits.">
<link rel="icon" href="data:,">
<style>
${style}</style>
</head>
<body>
<header>
<h1>Experiments with gradients</h1>
<p>tapegrad records what a program computes and walks the record backwards to find the derivative of
the result. These experiments put that to use, from a single gradient to a network that
reads digits.</p>
<p class="notes">Every number and curve here was computed by the library ${
    escape(origin)
  } when this page was made.
<span class="by-pointer">Point at a chart to read its values. Drag to pan, pinch or turn the wheel with <kbd>Ctrl</kbd> to zoom, double-click
to see everything again; on a focused chart the arrow keys, <kbd>+</kbd>, <kbd>-</kbd> and <kbd>0</kbd> do the same.</span></p>
${sections.length > 1 ? contents(sections) : ""}
</header>
<main>
${sections.map(section).join("\n")}
</main>
<footer>Charts are specified in Vega-Lite and drawn by Vega, both of the University of Washington Interactive Data
Lab, under the BSD 3-Clause License. The page needs no network.</footer>
<script type="module">
${inline(script)}
</script>
</body>
</html>
`;
}

function contents(sections: readonly Section[]): string {
  const items = sections.map(({ name, title }, i) =>
    `<li>${i + 1} <a href="#${name}">${escape(title)}</a></li>`
  );
  return `<nav aria-label="Experiments"><ol>${items.join("")}</ol></nav>`;
}

function section(section: Section, position: number): string {
  const { name, title, formula, paragraphs, lines, charts } = section;
  return `<section aria-labelledby="${name}">
<h2 id="${name}"><span class="number">${position + 1}</span> ${escape(title)}</h2>
${formula}
${paragraphs.map((text) => `<p>${escape(text)}</p>`).join("\n")}
<pre tabindex="0" role="region" aria-label="What the experiment printed">${escape(lines.join("\n"))}</pre>
<div class="work">
${source(section)}
<div class="charts">
${charts.map(figure).join("\n")}
</div>
</div>
</section>`;
}

function source({ source, path, title }: Section): string {
  return `<details class="source">
<summary>The program: <code>${escape(path)}</code></summary>
<pre tabindex="0" role="region" aria-label="The program: ${escape(title)}"><code>${
    highlighted(withoutImports(source))
  }</code></pre>
</details>`;
}

/** Which names a program imports says little beside a chart. */
function withoutImports(program: string): string {
  return program.replace(/^import\b[^;]*;\n/gm, "").trim();
}

function figure({ name, caption, spec }: Chart): string {
  return `<figure>
<div class="chart" id="chart-${name}" data-chart tabindex="0">
<noscript><img src="${name}.svg" alt="${escape(String(spec.description))}"></noscript>
</div>
<figcaption>
<p>${escape(caption)}</p>
<div class="files"><a href="${name}.vl.json">Vega-Lite specification</a> <a href="${name}.svg">SVG</a></div>
</figcaption>
<script type="application/json" id="chart-${name}-spec">${inline(JSON.stringify(spec))}</script>
</figure>`;
}
