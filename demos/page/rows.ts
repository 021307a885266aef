import { changeset, type View } from "vega";

/** The rows of a data set of a view by what is in them, so that those that stay need not be drawn anew. */
export class Rows {
  #held?: Map<string, object>;

  /** Changes the data set to these rows; nothing is drawn before the view runs. */
  change(view: View, name: string, rows: readonly object[]): void {
    const before = this.#held;
    const held = this.#held = new Map<string, object>();
    const added: object[] = [];
    for (const row of rows) {
      let key = JSON.stringify(row);
      while (held.has(key)) key += " again";
      const kept = before?.get(key);
      // Vega writes into the rows it is given.
      const copy = kept ?? { ...row };
      if (!kept) added.push(copy);
      held.set(key, copy);
    }
    const changes = changeset().insert(added);
    if (!before) view.change(name, changes.remove(() => true));
    else view.change(name, changes.remove([...before].flatMap(([key, row]) => held.has(key) ? [] : [row])));
  }
}
