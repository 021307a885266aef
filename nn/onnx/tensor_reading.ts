/** The tensors of a file, whose elements may stand in one of several fields. */
import { quoted } from "@tapegrad/core";
import { checkStored, type FileDType, littleBytes, widthOf } from "../files/elements.ts";
import { elsewhereOf, readEntry } from "./external.ts";
import { kindOf, type TensorProto } from "./proto.ts";
import { type MessageReader, wire } from "./wire_reading.ts";

/** What was met of a tensor. */
interface Met {
  readonly dims: number[];
  readonly floats: number[];
  readonly ints: bigint[];
  readonly doubles: number[];
  code: number;
  name: string;
  raw: Uint8Array | null;
  isElsewhere: boolean;
  readonly entries: Map<string, string>;
}

/** A tensor, with its elements as bytes. */
export function readTensor(reader: MessageReader): TensorProto {
  const at = reader.at;
  const met: Met = {
    dims: [],
    floats: [],
    ints: [],
    doubles: [],
    code: 0,
    name: "",
    raw: null,
    isElsewhere: false,
    entries: new Map(),
  };
  while (reader.next()) readField(reader, met);
  const { name, dims } = met;
  const kind = kindOf(met.code);
  if (!kind) {
    throw reader.error(`${quoted(name)} has elements of type ${met.code}, which no tensor here has`, at);
  }
  if (met.isElsewhere) {
    return elsewhere(reader, { name, kind, dims, bytes: new Uint8Array(), at }, met.entries);
  }
  const bytes = met.raw ? met.raw.slice() as Uint8Array<ArrayBuffer> : packed(kind, met);
  checkStored(reader.what, at, { kind, shape: dims, start: 0, end: bytes.length });
  return { name, kind, dims, bytes, at };
}

// Its elements are put there once they have been asked for.
function elsewhere(
  reader: MessageReader,
  tensor: TensorProto,
  entries: ReadonlyMap<string, string>,
): TensorProto {
  const place = elsewhereOf(entries), found = `the elements of ${quoted(tensor.name)} are in another file`;
  if (place === null) throw reader.error(`${found}, and it does not say where; export it anew`, tensor.at);
  if (reader.awaited === null) {
    throw reader.error(
      `${found}, ${quoted(place.location)}; pass its bytes as externalData, or save the model in one`,
      tensor.at,
    );
  }
  reader.awaited.push({ ...place, tensor });
  return tensor;
}

function readField(reader: MessageReader, met: Met): void {
  const { field } = reader;
  if (field === 1) append(met.dims, reader.ints());
  else if (field === 2) met.code = reader.int();
  else if (field === 4) append(met.floats, reader.floats());
  else if (field === 5 || field === 7 || field === 11) append(met.ints, reader.wideInts());
  else if (field === 8) met.name = reader.text();
  else if (field === 9) met.raw = reader.bytes();
  else if (field === 10) append(met.doubles, reader.doubles());
  else if (field === 13) met.entries.set(...readEntry(reader.message()));
  else if (field === 14 && reader.kind === wire.varint) met.isElsewhere ||= reader.int() === 1;
  else reader.skip();
}

/** Puts elements behind others, however many they are. */
export function append<T>(to: T[], from: readonly T[]): void {
  for (const one of from) to.push(one);
}

function packed(kind: FileDType, { floats, ints, doubles }: Met): Uint8Array<ArrayBuffer> {
  if (kind === "f32") return littleBytes(Float32Array.from(floats)) as Uint8Array<ArrayBuffer>;
  if (kind === "f64") return littleBytes(Float64Array.from(doubles)) as Uint8Array<ArrayBuffer>;
  const width = widthOf(kind), bytes = new Uint8Array(ints.length * width), view = new DataView(bytes.buffer);
  ints.forEach((value, i) => {
    if (width === 8) view.setBigInt64(8 * i, value, true);
    else if (width === 4) view.setInt32(4 * i, Number(BigInt.asIntN(32, value)), true);
    else if (width === 2) view.setInt16(2 * i, Number(BigInt.asIntN(16, value)), true);
    else view.setInt8(i, Number(BigInt.asIntN(8, value)));
  });
  return bytes;
}
