import { panLinear, panLog, type Spec, type View, zoomLinear, zoomLog } from "vega";

/** An axis that can be panned: its scale, and the signal that overrides the scale's domain. */
interface Axis {
  readonly channel: "x" | "y";
  readonly scale: string;
  readonly signal: string;
}

type Domain = [number, number];
type Change = (domain: Domain, log: boolean) => Domain;

const PAN = 0.1;
const ZOOM = 0.8;

const pan = (by: number): Change => (domain, log) => (log ? panLog : panLinear)(domain, by) as Domain;
const zoom = (by: number): Change => (domain, log) =>
  (log ? zoomLog : zoomLinear)(domain, null, by) as Domain;

const CHANGES: Readonly<Record<string, { readonly x?: Change; readonly y?: Change }>> = {
  ArrowLeft: { x: pan(PAN) },
  ArrowRight: { x: pan(-PAN) },
  ArrowUp: { y: pan(-PAN) },
  ArrowDown: { y: pan(PAN) },
  "+": { x: zoom(ZOOM), y: zoom(ZOOM) },
  "=": { x: zoom(ZOOM), y: zoom(ZOOM) },
  "-": { x: zoom(1 / ZOOM), y: zoom(1 / ZOOM) },
};

/** What Vega-Lite makes of `bind: "scales"`: a raw domain `zoom["field"]` beside a signal `zoom_field`. */
export function axesOf({ scales = [] }: Spec): Axis[] {
  const axes = scales.flatMap(({ name, ...rest }) => {
    const raw = "domainRaw" in rest ? JSON.stringify(rest.domainRaw) : "";
    const field = raw.match(/zoom\[\\"(\w+)\\"\]/)?.[1];
    const channel = name.endsWith("x") ? "x" : "y";
    return field ? [{ channel, scale: name, signal: `zoom_${field}` } as const] : [];
  });
  return axes.filter((axis, i) => axes.findIndex(({ signal }) => signal === axis.signal) === i);
}

/** Arrows pan, + and - zoom, 0 shows everything again; false where the key means nothing here. */
export function pressKey(key: string, view: View, axes: readonly Axis[]): boolean {
  const changes = CHANGES[key];
  if (!changes && key !== "0") return false;
  const touched = axes.filter(({ channel }) => key === "0" || changes[channel]);
  for (const { channel, scale, signal } of touched) {
    const { type, domain } = view.scale(scale) as { type: string; domain: () => Domain };
    view.signal(signal, key === "0" ? null : changes[channel]!(domain(), type === "log"));
  }
  if (touched.length) void view.runAsync();
  return touched.length > 0;
}
