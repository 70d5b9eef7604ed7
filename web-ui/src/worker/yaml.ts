//! YAML to JSON text, as kubectl reads it: octal numbers and merge keys; `yes` and `no` stay text. Loaded where needed.

import { CORE_SCHEMA, intYaml11Tag, load, mergeTag, YAMLException } from "js-yaml";
import type { Problem } from "./protocol";

const schema = CORE_SCHEMA.withTags(mergeTag, intYaml11Tag);
/** What a document may grow by through aliases, at least. */
const MIN_OUTPUT = 16 << 20;

/** The documents of a text as JSON, each by itself: a bad one does not take the others with it. */
export function toJson(name: string, text: string, problems: Problem[]): string[] {
  const out: string[] = [];
  for (const { body, line } of split(text)) {
    if (!/^\s*[^\s#]/m.test(body)) continue;
    try {
      const value: unknown = load(body, { schema, maxAliases: 200_000 } as object);
      if (value === null || value === undefined) continue;
      if (typeof value !== "object") throw new Error("a text or number stands where an object should");
      measure(value, body.length * 4 + MIN_OUTPUT);
      out.push(JSON.stringify(value));
    } catch (e) {
      const mark = e instanceof YAMLException ? e.mark : undefined;
      const message = e instanceof YAMLException ? e.reason : String((e as Error).message);
      problems.push({ where: mark ? `${name}:${line + mark.line + 1}:${mark.column + 1}` : `${name}:${line + 1}`, message });
    }
  }
  return out;
}

function* split(text: string): Generator<{ body: string; line: number }> {
  const at = /^---(?=[ \t\r]*(?:#.*)?$)/gm;
  let from = 0;
  let line = 0;
  for (const m of text.matchAll(at)) {
    const body = text.slice(from, m.index);
    yield { body, line };
    line += body.split("\n").length - 1;
    from = m.index;
  }
  yield { body: text.slice(from), line };
}

/** Aliases may stand for much more than the text shows: counts before anything is written out. */
function measure(value: unknown, budget: number): void {
  let left = budget;
  const walk = (v: unknown, depth: number): void => {
    left -= typeof v === "string" ? v.length + 2 : 8;
    if (left < 0) throw new Error("aliases make this document too large");
    if (depth > 120) throw new Error("nested deeper than 120 levels");
    if (Array.isArray(v)) for (const item of v) walk(item, depth + 1);
    else if (v && typeof v === "object") {
      for (const [key, item] of Object.entries(v)) {
        left -= key.length + 4;
        walk(item, depth + 1);
      }
    }
  };
  walk(value, 0);
}
