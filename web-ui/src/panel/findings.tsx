//! Findings about objects, with the way out.

import { parseKey, SEVERITIES, type Source } from "../model/source";
import * as store from "../model/store";
import { safe } from "../model/text";
import { Icon } from "../ui/icons";
import { Message, ObjectLink, Section } from "../ui/parts";

export function FindingItem({ s, at, subject = true }: { s: Source; at: number; subject?: boolean }) {
  const f = s.findings;
  const severity = f.num("severity", at);
  const code = f.text("code", at);
  const info = store.catalogue.value.find((c) => c.code === code);
  const of = { kind: f.text("kind", at), namespace: f.text("namespace", at), name: f.text("name", at) };
  const related = f.text("related", at).split("\n").filter(Boolean);
  return (
    <li class={`finding s-${SEVERITIES[severity]}`}>
      <Icon name={SEVERITIES[severity]} class={severity === 1 ? "v-blocked" : severity === 2 ? "v-unknown" : "dim"} />
      <div>
        <div class="head">
          <span class="sr">{SEVERITIES[severity]} </span>
          <code>{code}</code> <span class="dim">{info?.title ?? ""}</span>
        </div>
        {subject && (
          <div>
            <ObjectLink s={s} of={of} />
          </div>
        )}
        <p>
          <Message text={f.text("message", at)} />
        </p>
        {f.text("hint", at) && <p class="hint">
            → <Message text={f.text("hint", at)} />
          </p>}
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
        {info && (
          <details>
            <summary>What it means</summary>
            <p>{info.meaning}</p>
            <p>{info.remedy}</p>
          </details>
        )}
      </div>
    </li>
  );
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
