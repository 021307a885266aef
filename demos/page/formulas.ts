/** The formulas of the experiments in MathML, which browsers typeset themselves. */

const row = (...parts: string[]): string => `<mrow>${parts.join("")}</mrow>`;
const name = (text: string): string => `<mi>${text}</mi>`;
const vector = (text: string): string => `<mi mathvariant="normal" style="font-weight: bold">${text}</mi>`;
const number = (text: string): string => `<mn>${text}</mn>`;
const sign = (text: string): string => `<mo>${text}</mo>`;
const power = (base: string, exponent: string): string => `<msup>${base}${exponent}</msup>`;
const index = (base: string, sub: string): string => `<msub>${base}${sub}</msub>`;
const fraction = (top: string, bottom: string): string => `<mfrac>${top}${bottom}</mfrac>`;
const inBrackets = (...parts: string[]): string => row(sign("("), ...parts, sign(")"));
const display = (...parts: string[]): string => `<math display="block">${row(...parts)}</math>`;
const argmin = (...under: string[]): string =>
  `<munder><mo lspace="0" rspace="0.35em">argmin</mo>${row(...under)}</munder>`;

const [x, y, f, n, i] = ["x", "y", "f", "n", "i"].map(name);
const [one, two, three, four] = ["1", "2", "3", "4"].map(number);
const [minus, plus, equals, comma] = ["−", "+", "=", ","].map(sign);
const negative = `<mo form="prefix">−</mo>`;
const halfSquares = fraction(row(power(x, two), plus, power(y, two)), two);
const output = `<mover accent="true">${y}<mo stretchy="false">^</mo></mover>`;

export const gradientFormula = display(
  f,
  inBrackets(x),
  equals,
  power(
    inBrackets(power(inBrackets(x, minus, three), row(two, sign("/"), x)), minus, one),
    row(x, minus, one),
  ),
);

export const quadraticFormula = display(
  argmin(x),
  power(inBrackets(x, minus, two), two),
  plus,
  four,
  x,
  minus,
  two,
);

export const surfaceFormula = display(
  argmin(x, comma, y),
  negative,
  inBrackets(one, minus, inBrackets(power(x, two), plus, power(y, three))),
  `<mspace width="0.2em"/>`,
  name("exp"),
  sign("&#x2061;"),
  inBrackets(negative, halfSquares),
);

export const perceptronFormula = display(
  output,
  equals,
  name("tanh"),
  sign("&#x2061;"),
  inBrackets(vector("w"), sign("·"), vector("x"), plus, name("b")),
) + display(
  name("L"),
  equals,
  fraction(one, n),
  `<munder><mo largeop="true" movablelimits="false">∑</mo>${i}</munder>`,
  power(inBrackets(index(output, i), minus, index(y, i)), two),
);

const layer = (k: string, x: string): string =>
  row(name("relu"), inBrackets(power(name("k"), k), sign("∗"), x));

export const digitsFormula = display(
  vector("z"),
  equals,
  vector("W"),
  sign("·"),
  layer(two, row(name("pool"), inBrackets(layer(one, vector("x"))))),
  plus,
  vector("b"),
) + display(
  name("L"),
  equals,
  negative,
  fraction(one, n),
  `<munder><mo largeop="true" movablelimits="false">∑</mo>${i}</munder>`,
  name("log"),
  `<mspace width="0.2em"/>`,
  index(name("softmax"), index(y, i)),
  inBrackets(index(vector("z"), i)),
);
