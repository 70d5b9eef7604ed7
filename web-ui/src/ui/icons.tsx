//! Icons as one sprite. Verdicts differ in shape too, not only in colour.

import { VERDICTS, type Verdict } from "../model/source";

const PATHS: Record<string, string> = {
  exposed: '<circle cx="8" cy="8" r="5.5" fill="currentColor"/>',
  shadowed: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor"/>',
  blocked: '<path d="M4 4l8 8m0-8l-8 8" stroke="currentColor" stroke-width="2.2" stroke-linecap="round"/>',
  unknown: '<path d="M5.4 5.8a2.7 2.7 0 1 1 3.9 2.5c-.8.4-1.3.9-1.3 1.7" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/><circle cx="8" cy="12.9" r="1.2" fill="currentColor"/>',
  refused: '<circle cx="8" cy="8" r="5.2" fill="none" stroke="currentColor" stroke-width="1.8"/><path d="M4.4 11.6l7.2-7.2" stroke="currentColor" stroke-width="1.8"/>',
  attached: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6"/>',
  error: '<path d="M8 1.8l6.4 11.7H1.6z" fill="currentColor"/><path d="M8 6v3.6" stroke="var(--bg)" stroke-width="1.6"/><circle cx="8" cy="11.6" r=".9" fill="var(--bg)"/>',
  warning: '<path d="M8 2.6l5.6 10.2H2.4z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round"/><path d="M8 6.4v3" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="11" r=".8" fill="currentColor"/>',
  info: '<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M8 7.2v4" stroke="currentColor" stroke-width="1.5"/><circle cx="8" cy="5" r=".9" fill="currentColor"/>',
  close: '<path d="M4 4l8 8m0-8l-8 8" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>',
  search: '<circle cx="7" cy="7" r="4.2" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M10.2 10.2L14 14" stroke="currentColor" stroke-width="1.5" stroke-linecap="round"/>',
  down: '<path d="M4 6l4 4 4-4" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>',
  right: '<path d="M6 4l4 4-4 4" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>',
  pause: '<path d="M5.5 3.5v9m5-9v9" stroke="currentColor" stroke-width="2"/>',
  play: '<path d="M5 3.5l7 4.5-7 4.5z" fill="currentColor"/>',
  copy: '<rect x="5.5" y="5.5" width="7.5" height="8" rx="1.2" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M3 10.5v-7A1 1 0 0 1 4 2.5h6" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  theme: '<circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" stroke-width="1.5"/><path d="M8 2.5a5.5 5.5 0 0 1 0 11z" fill="currentColor"/>',
  export: '<path d="M8 2v7.5M5 6.8L8 9.8l3-3M2.8 11.2v2.3h10.4v-2.3" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"/>',
  route: '<path d="M2 8h9.5M8.5 4.5L12 8l-3.5 3.5" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"/>',
  lock: '<rect x="3.5" y="7" width="9" height="6.5" rx="1" fill="currentColor"/><path d="M5.5 7V5.2a2.5 2.5 0 0 1 5 0V7" fill="none" stroke="currentColor" stroke-width="1.5"/>',
  open: '<rect x="3.5" y="7" width="9" height="6.5" rx="1" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M5.5 7V4.7a2.5 2.5 0 0 1 4.7-1" fill="none" stroke="currentColor" stroke-width="1.5"/>',
  pass: '<path d="M3.5 8.5l3 3 6-7" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/>',
};

/** Stands in the page once; icons are references into it. */
export function Sprite() {
  return (
    <svg width="0" height="0" aria-hidden="true" class="sprite">
      {Object.entries(PATHS).map(([name, d]) => (
        // Constant drawings of our own.
        <symbol id={`i-${name}`} key={name} viewBox="0 0 16 16" dangerouslySetInnerHTML={{ __html: d }} />
      ))}
    </svg>
  );
}

export function Icon({ name, class: c = "" }: { name: string; class?: string }) {
  return (
    <svg class={`icon ${c}`} aria-hidden="true" focusable="false">
      <use href={`#i-${name}`} />
    </svg>
  );
}

export const verdictName = (v: number): Verdict => VERDICTS[v];

/** A verdict as a word with its shape. */
export function VerdictMark({ verdict, word = true }: { verdict: number; word?: boolean }) {
  const name = verdictName(verdict);
  return (
    <span class={`verdict v-${name}`}>
      <Icon name={name} />
      {word ? <span>{name}</span> : <span class="sr">{name}</span>}
    </span>
  );
}
