type Keyed = Map<unknown, unknown> | Set<unknown>;
type Fields = Record<PropertyKey, unknown>;

function isKeyed(value: object): value is Keyed {
  return value instanceof Map || value instanceof Set;
}

function isText(value: unknown): value is RegExp | URL {
  return value instanceof RegExp || value instanceof URL;
}

/** An object without a prototype counts as a plain one. */
function sameKind(a: object, b: object): boolean {
  return (a.constructor ?? Object) === (b.constructor ?? Object);
}

function fields(value: object): PropertyKey[] {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

class Comparison {
  readonly #assumed = new Map<object, object>();

  same(a: unknown, b: unknown): boolean {
    // Unlike Object.is, 0 equals -0.
    if (typeof a === "number" && typeof b === "number") {
      return a === b || (Number.isNaN(a) && Number.isNaN(b));
    }
    if (Object.is(a, b)) return true;
    if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
    if (!sameKind(a, b)) return false;
    if (isText(a)) return String(a) === String(b);
    if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
    if (this.#assumed.get(a) === b) return true; // a cycle that came back to itself
    this.#assumed.set(a, b);
    if (isKeyed(a) && isKeyed(b)) return this.#sameEntries(a, b);
    if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return this.#sameBytes(a, b);
    return this.#sameFields(a, b);
  }

  #sameFields(a: object, b: object): boolean {
    const keys = fields(a);
    return keys.length === fields(b).length &&
      keys.every((key) => key in b && this.same((a as Fields)[key], (b as Fields)[key]));
  }

  /** Elementwise, since listing the keys of a large typed array is slow. */
  #sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
    const [left, right] = [a, b] as unknown as [ArrayLike<unknown>, ArrayLike<unknown>];
    if (a instanceof DataView || left.length !== right.length) return this.#sameFields(a, b);
    for (let i = 0; i < left.length; i++) if (!this.same(left[i], right[i])) return false;
    return true;
  }

  #sameEntries(a: Keyed, b: Keyed): boolean {
    if (a.size !== b.size) return false;
    const rest = [...b.entries()];
    return [...a.entries()].every((entry) => {
      const at = rest.findIndex((other) => this.same(entry[0], other[0]) && this.same(entry[1], other[1]));
      return at >= 0 && rest.splice(at, 1).length === 1;
    });
  }
}

/** Whether two values are deeply equal: NaN equals itself, 0 equals -0, classes must agree. */
export function equal(a: unknown, b: unknown): boolean {
  return new Comparison().same(a, b);
}
