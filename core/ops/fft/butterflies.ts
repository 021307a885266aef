/**
 * The passes of Stockham's transform, which needs no reordering: n = r·m·s numbers, of which those s·m apart are
 * combined r at a time and turned by roots of unity.
 */
import type { Numbers } from "./circle.ts";

/** One pass from x to y; `roots` are those of n. */
export type Pass = (x: Numbers, y: Numbers, m: number, s: number, roots: Numbers) => void;

const pass2: Pass = ({ re, im }, y, m, s, roots) => {
  for (let p = 0; p < m; p++) {
    const wr = roots.re[p * s], wi = roots.im[p * s];
    for (let a = s * p, o = 2 * a, end = a + s; a < end; a++, o++) {
      const b = a + s * m, dr = re[a] - re[b], di = im[a] - im[b];
      y.re[o] = re[a] + re[b];
      y.im[o] = im[a] + im[b];
      y.re[o + s] = dr * wr - di * wi;
      y.im[o + s] = dr * wi + di * wr;
    }
  }
};

const SIN60 = 0.8660254037844386;

const pass3: Pass = ({ re, im }, y, m, s, roots) => {
  const step = s * m;
  for (let p = 0; p < m; p++) {
    const k = p * s, ur = roots.re[k], ui = roots.im[k], vr = roots.re[2 * k], vi = roots.im[2 * k];
    for (let a = k, o = 3 * k, end = a + s; a < end; a++, o++) {
      const b = a + step, c = b + step;
      const tr = re[b] + re[c], ti = im[b] + im[c];
      const mr = re[a] - tr / 2, mi = im[a] - ti / 2;
      const nr = SIN60 * (im[b] - im[c]), ni = SIN60 * (re[c] - re[b]);
      y.re[o] = re[a] + tr;
      y.im[o] = im[a] + ti;
      y.re[o + s] = (mr + nr) * ur - (mi + ni) * ui;
      y.im[o + s] = (mr + nr) * ui + (mi + ni) * ur;
      y.re[o + 2 * s] = (mr - nr) * vr - (mi - ni) * vi;
      y.im[o + 2 * s] = (mr - nr) * vi + (mi - ni) * vr;
    }
  }
};

const pass4: Pass = ({ re, im }, y, m, s, roots) => {
  const step = s * m, yr = y.re, yi = y.im;
  for (let p = 0; p < m; p++) {
    const k = p * s, ur = roots.re[k], ui = roots.im[k], vr = roots.re[2 * k], vi = roots.im[2 * k];
    const wr = roots.re[3 * k], wi = roots.im[3 * k];
    for (let a = k, o = 4 * k, end = a + s; a < end; a++, o++) {
      const b = a + step, c = b + step, d = c + step;
      const er = re[a] + re[c], ei = im[a] + im[c], fr = re[a] - re[c], fi = im[a] - im[c];
      const gr = re[b] + re[d], gi = im[b] + im[d], hr = im[b] - im[d], hi = re[d] - re[b];
      yr[o] = er + gr;
      yi[o] = ei + gi;
      yr[o + s] = (fr + hr) * ur - (fi + hi) * ui;
      yi[o + s] = (fr + hr) * ui + (fi + hi) * ur;
      yr[o + 2 * s] = (er - gr) * vr - (ei - gi) * vi;
      yi[o + 2 * s] = (er - gr) * vi + (ei - gi) * vr;
      yr[o + 3 * s] = (fr - hr) * wr - (fi - hi) * wi;
      yi[o + 3 * s] = (fr - hr) * wi + (fi - hi) * wr;
    }
  }
};

const COS72 = 0.30901699437494745, SIN72 = 0.9510565162951535;
const COS144 = -0.8090169943749475, SIN144 = 0.5877852522924731;

function put(y: Numbers, at: number, re: number, im: number, roots: Numbers, k: number): void {
  const wr = roots.re[k], wi = roots.im[k];
  y.re[at] = re * wr - im * wi;
  y.im[at] = re * wi + im * wr;
}

const pass5: Pass = ({ re, im }, y, m, s, roots) => {
  const step = s * m;
  for (let p = 0; p < m; p++) {
    const k = p * s;
    for (let a = k, o = 5 * k, end = a + s; a < end; a++, o++) {
      const b = a + step, c = b + step, d = c + step, e = d + step;
      const er = re[b] + re[e], ei = im[b] + im[e], fr = re[c] + re[d], fi = im[c] + im[d];
      const gr = re[b] - re[e], gi = im[b] - im[e], hr = re[c] - re[d], hi = im[c] - im[d];
      const tr = re[a] + COS72 * er + COS144 * fr, ti = im[a] + COS72 * ei + COS144 * fi;
      const ur = re[a] + COS144 * er + COS72 * fr, ui = im[a] + COS144 * ei + COS72 * fi;
      const vr = SIN72 * gi + SIN144 * hi, vi = SIN72 * gr + SIN144 * hr;
      const wr = SIN144 * gi - SIN72 * hi, wi = SIN144 * gr - SIN72 * hr;
      y.re[o] = re[a] + er + fr;
      y.im[o] = im[a] + ei + fi;
      put(y, o + s, tr + vr, ti - vi, roots, k);
      put(y, o + 2 * s, ur + wr, ui - wi, roots, 2 * k);
      put(y, o + 3 * s, ur - wr, ui + wi, roots, 3 * k);
      put(y, o + 4 * s, tr - vr, ti + vi, roots, 4 * k);
    }
  }
};

/** The pass of any r: r² products for r numbers, as many as small primes are worth. */
function passOf(r: number): Pass {
  return (x, y, m, s, roots) => {
    const n = r * m * s;
    for (let p = 0; p < m; p++) {
      for (let j = 0; j < r; j++) {
        for (let i = 0; i < r; i++) {
          const from = s * (p + i * m), k = j * from % n;
          addTurned(x, from, y, s * (r * p + j), s, roots.re[k], roots.im[k], i === 0);
        }
      }
    }
  };
}

// `count` numbers times another one, added to what is there unless they are the first.
function addTurned(
  { re, im }: Numbers,
  from: number,
  y: Numbers,
  to: number,
  count: number,
  wr: number,
  wi: number,
  isFirst: boolean,
): void {
  for (let a = from, o = to, end = from + count; a < end; a++, o++) {
    const pr = re[a] * wr - im[a] * wi, pi = re[a] * wi + im[a] * wr;
    y.re[o] = isFirst ? pr : y.re[o] + pr;
    y.im[o] = isFirst ? pi : y.im[o] + pi;
  }
}

const passes: Readonly<Record<number, Pass>> = { 2: pass2, 3: pass3, 4: pass4, 5: pass5 };

/** The pass that combines r numbers. */
export function passFor(r: number): Pass {
  return passes[r] ?? passOf(r);
}
