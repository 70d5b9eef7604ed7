//! Text from outside, for showing. The browser escapes HTML; this shows what would act on its surroundings.

const HOSTILE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** `text` with control, invisible and bidirectional characters written out, as the command line does. */
export function safe(text: string): string {
  return text.search(HOSTILE) < 0 ? text : text.replace(HOSTILE, (c) => (c === "\n" ? "\\n" : c === "\t" ? "\\t" : c === "\r" ? "\\r" : `\\u{${c.codePointAt(0)!.toString(16)}}`));
}

export const path = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name);

/** `1 row`, `2 rows`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Labels from the last to the first: hosts of one domain stand together. */
export const byHost = (host: string): string => {
  if (host === "*") return "";
  const wild = host.startsWith("*.");
  return (wild ? host.slice(2) : host).split(".").reverse().join("\u0001") + (wild ? "\u0002" : "");
};

/** Whether requests for `host` could meet rows under `pattern`. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === "*" || pattern === host) return true;
  return pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1;
}
