//! Paper does not scroll: while the page is printed, everything is drawn.

import { signal } from "@preact/signals";

/** More than this is not put on paper. */
export const MOST = 3000;

export const printing = signal(false);
const media = matchMedia("print");
const set = (on: boolean): void => void (printing.value = on);
set(media.matches);
media.addEventListener("change", (e) => set(e.matches));
addEventListener("beforeprint", () => set(true));
addEventListener("afterprint", () => set(false));
