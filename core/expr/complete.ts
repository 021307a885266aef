/** Tells scalar functions what only those who compute need: code in double precision, and expansions. */
import { complete } from "./scalar.ts";
import { later as activation } from "./scalars/activation.ts";
import { later as arithmetic } from "./scalars/arithmetic.ts";
import { later as floats } from "./scalars/floats.ts";
import { later as plane } from "./scalars/plane.ts";
import { later as powers } from "./scalars/powers.ts";
import { later as slopes } from "./scalars/slopes.ts";
import { later as transcendental } from "./scalars/transcendental.ts";

complete({ ...activation, ...arithmetic, ...floats, ...plane, ...powers, ...slopes, ...transcendental });
