//! Findings about objects, with the way out.

import { parseKey, SEVERITIES, type Source } from "../model/source";
import * as store from "../model/store";
import { safe } from "../model/text";
import { Icon } from "../ui/icons";
import { Message, ObjectLink, Section } from "../ui/parts";

/** What a code means, and the way out; closed at first. */
export function Meaning({ code }: { code: string }) {
  const info = store.catalogue.value.find((c) => c.code === code);
  return info ? (
    <details>
      <summary>What it means</summary>
      <p>{info.meaning}</p>
      <p>{info.remedy}</p>
    </details>
  ) : null;
}

/** The code with its title. */
export function Code({ code }: { code: string }) {
  return (
    <>
      <code>{code}</code> <span class="dim">{store.catalogue.value.find((c) => c.code === code)?.title ?? ""}</span>
    </>
  );
}

/** One finding. In a list under its code, `code` is false: what it is has been said. */
export function FindingItem({ s, at, subject = true, code = true }: { s: Source; at: number; subject?: boolean; code?: boolean }) {
  const f = s.findings;
  const severity = f.num("severity", at);
  const of = { kind: f.text("kind", at), namespace: f.text("namespace", at), name: f.text("name", at) };
  const related = f.text("related", at).split("\n").filter(Boolean);
  return (
    <li class={`finding s-${SEVERITIES[severity]}`}>
      {code && <SeverityIcon severity={severity} />}
      <div>
        {code && (
          <div class="head">
            <span class="sr">{SEVERITIES[severity]} </span>
            <Code code={f.text("code", at)} />
          </div>
        )}
        {subject && (
          <div>
            {store.several.value && <span class="cluster">{safe(s.name)}</span>}
            <ObjectLink s={s} of={of} />
          </div>
        )}
        <p>
          <Message text={f.text("message", at)} />
        </p>
        {f.text("hint", at) && (
          <p class="hint">
            → <Message text={f.text("hint", at)} />
          </p>
        )}
        <div class="dim">
          {f.text("field", at) && <code>{safe(f.text("field", at))}</code>}
          {related.slice(0, 6).map((r) => (
            <span key={r}>
              {" "}
              · <ObjectLink s={s} of={parseKey(r)} />
            </span>
          ))}
          {related.length > 6 && ` and ${related.length - 6} more`}
        </div>
        {code && <Meaning code={f.text("code", at)} />}
      </div>
    </li>
  );
}

export function SeverityIcon({ severity }: { severity: number }) {
  return <Icon name={SEVERITIES[severity]} class={severity === 1 ? "v-blocked" : severity === 2 ? "v-unknown" : "dim"} />;
}

/** Those about some objects, the worst first. */
export function FindingsOf({ s, objects }: { s: Source; objects: { kind: string; namespace: string; name: string }[] }) {
  const at = [...new Set(objects.flatMap((o) => s.marks(o)?.at ?? []))].sort((a, b) => s.findings.num("severity", a) - s.findings.num("severity", b) || a - b);
  if (!at.length) return null;
  return (
    <Section title="Findings" note={`${at.length}`}>
      <ul class="findings">
        {at.slice(0, 50).map((i) => (
          <FindingItem key={i} s={s} at={i} subject={objects.length > 1} />
        ))}
      </ul>
      {at.length > 50 && <p class="dim">50 of {at.length} shown; the findings view has all.</p>}
    </Section>
  );
}
