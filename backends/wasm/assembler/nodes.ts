/**
 * Objects of the engine's own that hold vectors and know the next one. Their fields are read without any check: engines
 * without a trap handler check every address in memory.
 */
import type { Body } from "./body.ts";
import type { Bytes } from "./bytes.ts";
import type { Reference } from "./types.ts";
import { checkTypes, type Value } from "./values.ts";

/** A kind of objects of a module. */
export interface NodeKind {
  /** Its number among the types of the module. */
  readonly index: number;
  /** The type of what refers to one. */
  readonly type: Reference;
  /** How many vectors one holds. */
  readonly vectors: number;
}

/** A variable of a module that holds an object; where it stands as a value, it is read. */
export interface Root extends Value<Reference> {
  /** Its number in the module. */
  readonly index: number;
}

const MADE = 1, GET = 2, SET = 5;

/** A variable of a module by its number. */
export function rootAt(type: Reference, index: number): Root {
  return { type, index, write: (to) => (to.byte(0x23), to.unsigned(index)) };
}

/** A new object of a kind, of zeros and without a next one. */
export function newNode({ index, type }: NodeKind): Value<Reference> {
  return { type, write: (to) => writeCode(to, MADE, index) };
}

/** One of the vectors of an object. */
export function vectorOf(kind: NodeKind, node: Value<Reference>, k: number): Value<"v128"> {
  return { type: "v128", write: (to) => writeGet(to, kind, node, k) };
}

/** The object behind one, or none. */
export function nextOf(kind: NodeKind, node: Value<Reference>): Value<Reference> {
  return { type: kind.type, write: (to) => writeGet(to, kind, node, kind.vectors) };
}

/** Whether there is no object. */
export function isNone(node: Value<Reference>): Value<"i32"> {
  return { type: "i32", write: (to) => (node.write(to), to.byte(0xd1)) };
}

/** Puts a vector into an object. */
export function setVector(
  body: Body,
  kind: NodeKind,
  node: Value<Reference>,
  k: number,
  vector: Value<"v128">,
): void {
  writeSet(body, kind, node, k, vector);
}

/** Puts an object behind another. */
export function setNext(body: Body, kind: NodeKind, node: Value<Reference>, next: Value<Reference>): void {
  writeSet(body, kind, node, kind.vectors, next);
}

/** Puts an object into a variable of the module. */
export function setRoot(body: Body, root: Root, node: Value<Reference>): void {
  checkTypes("global.set", [root.type], [node]);
  body.statement((to) => {
    node.write(to);
    to.byte(0x24);
    to.unsigned(root.index);
  });
}

function writeGet(to: Bytes, { index, type }: NodeKind, node: Value, field: number): void {
  checkTypes("struct.get", [type], [node]);
  node.write(to);
  writeCode(to, GET, index);
  to.unsigned(field);
}

function writeSet(
  body: Body,
  { index, type, vectors }: NodeKind,
  node: Value,
  field: number,
  value: Value,
): void {
  checkTypes("struct.set", [type, field < vectors ? "v128" : type], [node, value]);
  body.statement((to) => {
    node.write(to);
    value.write(to);
    writeCode(to, SET, index);
    to.unsigned(field);
  });
}

function writeCode(to: Bytes, code: number, kind: number): void {
  to.raw([0xfb, code]);
  to.unsigned(kind);
}
