//! Small tables of numbers and strings that go from the worker to the page without an object for each row.

type Cells = Uint32Array | Int32Array | Uint8Array;

/** As it travels: one long text, and the places of the strings in it. */
export interface Packed {
  length: number;
  text: string;
  places: Uint32Array;
  cols: Record<string, Cells>;
}

type Kind = "text" | "u32" | "i32" | "u8";

/** Collects rows; `spec` names the columns and what they hold. */
export class Packer<S extends Record<string, Kind>> {
  #known = new Map<string, number>([["", 0]]);
  #strings: string[] = [""];
  #cols: Record<string, number[]> = {};
  #length = 0;
  constructor(readonly spec: S) {
    for (const name in spec) this.#cols[name] = [];
  }
  push(row: { [K in keyof S]: S[K] extends "text" ? string | undefined : number }): void {
    for (const name in this.spec) {
      const value = row[name] as string | number | undefined;
      this.#cols[name].push(this.spec[name] === "text" ? this.#string((value as string | undefined) ?? "") : (value as number));
    }
    this.#length++;
  }
  #string(text: string): number {
    let id = this.#known.get(text);
    if (id === undefined) {
      id = this.#strings.push(text) - 1;
      this.#known.set(text, id);
    }
    return id;
  }
  finish(): Packed {
    const places = new Uint32Array(this.#strings.length + 1);
    let at = 0;
    this.#strings.forEach((s, i) => (places[i + 1] = at += s.length));
    const cols: Record<string, Cells> = {};
    for (const name in this.spec) {
      const kind = this.spec[name];
      const from = this.#cols[name];
      cols[name] = kind === "u8" ? Uint8Array.from(from) : kind === "i32" ? Int32Array.from(from) : Uint32Array.from(from);
    }
    return { length: this.#length, text: this.#strings.join(""), places, cols };
  }
}

/** The buffers to hand over rather than copy. */
export const buffers = (p: Packed): ArrayBuffer[] => [p.places, ...Object.values(p.cols)].map((a) => a.buffer as ArrayBuffer);

/** Reads what a [`Packer`] made. */
export class Table {
  readonly length: number;
  constructor(private readonly packed: Packed) {
    this.length = packed.length;
  }
  /** The text of a cell. */
  text(col: string, row: number): string {
    const id = this.packed.cols[col][row];
    return this.packed.text.slice(this.packed.places[id], this.packed.places[id + 1]);
  }
  /** The number in a cell; of a text, its number: equal texts have equal ones. */
  num(col: string, row: number): number {
    return this.packed.cols[col][row];
  }
  /** A whole column. */
  col(name: string): Cells {
    return this.packed.cols[name];
  }
}

export const NO_TABLE = new Table({ length: 0, text: "", places: new Uint32Array(1), cols: {} });
