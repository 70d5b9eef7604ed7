//! An answer of the worker, asked again when what it depends on changes.

import { useEffect, useState } from "preact/hooks";

export function useAnswer<T>(ask: () => Promise<T>, on: unknown[]): { value?: T; error?: string } {
  const [state, set] = useState<{ value?: T; error?: string }>({});
  useEffect(() => {
    let stale = false;
    ask().then(
      (value) => !stale && set({ value }),
      (e: Error) => !stale && set({ error: e.message }),
    );
    return () => {
      stale = true;
    };
  }, on);
  return state;
}
