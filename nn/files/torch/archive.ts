/** Archives of PyTorch's since 1.6: a zip of a pickle and storages. */
import { quoted } from "@tapegrad/core";
import type { OpenFile } from "../disk.ts";
import { FileFormatError } from "../format_error.ts";
import { type Member, memberBytes, zipMembers } from "../zip.ts";
import { Cursor } from "./cursor.ts";
import { torchNames } from "./names.ts";
import { unpickled } from "./pickle.ts";
import type { Value } from "./values.ts";
import type { TensorFile } from "./views.ts";

/** What a file holds, its tensors not yet read. */
export interface TorchObject {
  readonly value: Value;
  readonly file: TensorFile;
}

const PICKLE = /(^|\/)data\.pkl$/;

/** What an archive holds. */
export async function archivedObject(what: string, archive: OpenFile): Promise<TorchObject> {
  const members = new Map((await zipMembers(what, archive)).map((member) => [member.name, member] as const));
  const pickle = [...members.values()].find(({ name }) => PICKLE.test(name));
  if (pickle === undefined) {
    throw new FileFormatError(what, 0, "it is a zip archive without a data.pkl; save it by torch.save");
  }
  const prefix = pickle.name.slice(0, -"data.pkl".length);
  if (members.has(`${prefix}constants.pkl`)) {
    throw new FileFormatError(what, 0, "it is a program of TorchScript; save its state_dict() by torch.save");
  }
  const named = `${quoted(pickle.name)} of ${what}`;
  const bytes = await memberBytes(what, archive, pickle);
  const isBig = await isBigIn(what, archive, members.get(`${prefix}byteorder`));
  const value = unpickled(new Cursor(named, bytes), torchNames(named));
  const storage = async (key: string) => {
    const member = members.get(`${prefix}data/${key}`);
    if (member) return await memberBytes(what, archive, member);
    throw new FileFormatError(what, pickle.start, `it has no storage ${quoted(key)}; fetch it again`);
  };
  return { value, file: { what: named, isBig, storage } };
}

async function isBigIn(what: string, archive: OpenFile, member?: Member): Promise<boolean> {
  if (member === undefined) return false;
  const order = new TextDecoder("latin1").decode(await memberBytes(what, archive, member));
  if (order === "little" || order === "big") return order === "big";
  throw new FileFormatError(what, member.start, `its byteorder is ${quoted(order)}: little or big is needed`);
}
