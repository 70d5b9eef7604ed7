//! Draws a topology: a pool of buttons for the nodes in sight, a canvas for the edges, a strip for the density of all.
//! The browser scrolls; boxes of what began further up stay pinned by CSS, so that nothing lags behind.

import { VERDICTS, SEVERITIES } from "../model/source";
import { safe } from "../model/text";
import { MOST, printing } from "../ui/print";
import { BOX, COLUMN_NAMES, columnsIn, GAP, Picture, ROW } from "./picture";

const SVG = "http://www.w3.org/2000/svg";
/** Canvas beyond the window, above and below. */
const OVER = 600;
/** What stands above the first node: the columns' names, and a gap. */
const HEAD = 38;

interface Slot {
  wrap: HTMLDivElement;
  button: HTMLButtonElement;
  fold: HTMLButtonElement;
  icon: SVGUseElement;
  label: HTMLElement;
  detail: HTMLElement;
  mark: SVGSVGElement;
  markUse: SVGUseElement;
  counts: HTMLElement;
  node: number;
  stamp: string;
}

export interface Handlers {
  choose: (node: number) => void;
  fold: (node: number) => void;
}

export class Stage {
  picture?: Picture;
  /** Node that the keyboard is on, and the chosen one. */
  active = -1;
  chosen = new Set<number>();
  ghosts: ReadonlySet<string> = new Set();
  born: ReadonlySet<string> = new Set();
  #geometry = columnsIn(1000);
  #pool = new Map<number, Slot>();
  #free: Slot[] = [];
  #canvasTop = -1;
  #frame = 0;
  #colors: Record<string, string> = {};
  #path = new Set<number>();

  constructor(
    readonly scroller: HTMLElement,
    readonly space: HTMLElement,
    readonly canvas: HTMLCanvasElement,
    readonly strip: HTMLCanvasElement,
    readonly handlers: Handlers,
  ) {
    scroller.addEventListener("scroll", () => this.soon(), { passive: true });
  }

  /** Another picture, or another width. */
  show(picture: Picture): void {
    this.picture = picture;
    this.#path = new Set();
    for (const slot of this.#pool.values()) slot.stamp = "";
    this.resize();
  }

  resize(): void {
    if (!this.picture) return;
    // The window's width and not the view's: details that open move no column.
    this.#geometry = columnsIn(document.documentElement.clientWidth - this.strip.clientWidth);
    this.space.style.height = `${this.picture.height + 12}px`;
    this.space.style.width = `${this.#geometry.total}px`;
    this.#canvasTop = -1;
    for (const slot of this.#pool.values()) slot.stamp = "";
    this.draw();
    this.drawStrip();
  }

  get geometry() {
    return this.#geometry;
  }

  colors(): void {
    const style = getComputedStyle(this.scroller);
    for (const name of ["exposed", "shadowed", "blocked", "unknown", "line", "accent", "muted"]) this.#colors[name] = style.getPropertyValue(`--${name}`).trim() || "CanvasText";
    this.#canvasTop = -1;
  }

  soon(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  select(chosen: Set<number>): void {
    this.chosen = chosen;
    // From the class down to it; and from a hostname, route or rule on to its backends.
    const p = this.picture;
    this.#path = new Set([...chosen].flatMap((i) => (p ? [...p.ancestors(i), ...(p.nodes.num("column", i) > 2 ? p.below(i) : [])] : [])));
    for (const slot of this.#pool.values()) slot.stamp = "";
    this.#canvasTop = -1;
    this.draw();
  }

  /** Scrolls no more than needed to have a node in sight; in a picture that is new, to its middle. */
  reveal(i: number, sideways = true, middle = false): void {
    const p = this.picture;
    if (!p) return;
    const n = p.node(i);
    const depth = p.ancestors(i).size - 1;
    const { scrollTop, clientHeight, scrollLeft, clientWidth } = this.scroller;
    if (n.y < scrollTop && depth >= 0 && n.y + n.height < scrollTop + ROW) this.scroller.scrollTop = n.y;
    else if (n.y < scrollTop && p.lastChild[i] < 0) this.scroller.scrollTop = n.y;
    else if (n.y + ROW + HEAD > scrollTop + clientHeight) this.scroller.scrollTop = middle ? n.y - clientHeight / 2 : n.y + ROW + HEAD - clientHeight + 8;
    const [x, w] = [this.#geometry.x[n.column], this.#geometry.w[n.column]];
    if (!sideways) return this.draw();
    if (x < scrollLeft) this.scroller.scrollLeft = x - 8;
    else if (x + w > scrollLeft + clientWidth) this.scroller.scrollLeft = x + w + 8 - clientWidth;
    this.draw();
  }

  button(i: number): HTMLButtonElement | undefined {
    return this.#pool.get(i)?.button;
  }

  draw(): void {
    const p = this.picture;
    if (!p) return;
    const paper = printing.peek() && p.count <= MOST;
    const [scrollTop, clientHeight] = paper ? [0, p.height] : [this.scroller.scrollTop, this.scroller.clientHeight];
    const wanted = new Set(p.between(scrollTop - ROW, scrollTop + clientHeight + ROW));
    // What has the focus keeps its element, wherever it is.
    if (this.active >= 0 && this.active < p.count) wanted.add(this.active);
    for (const [i, slot] of this.#pool) {
      if (wanted.has(i)) continue;
      this.#pool.delete(i);
      slot.wrap.hidden = true;
      slot.stamp = "";
      this.#free.push(slot);
    }
    for (const i of wanted) {
      let slot = this.#pool.get(i);
      if (!slot) {
        slot = this.#free.pop() ?? this.#make();
        this.#pool.set(i, slot);
        slot.wrap.hidden = false;
      }
      this.#fill(slot, i);
    }
    this.#edges(scrollTop, clientHeight);
  }

  /** How many elements the pool has. */
  get elements(): number {
    return this.#pool.size + this.#free.length;
  }

  #make(): Slot {
    const el = <K extends keyof HTMLElementTagNameMap>(tag: K, className: string, into: HTMLElement): HTMLElementTagNameMap[K] => {
      const e = document.createElement(tag);
      e.className = className;
      into.append(e);
      return e;
    };
    const svg = (className: string, into: HTMLElement): [SVGSVGElement, SVGUseElement] => {
      const s = document.createElementNS(SVG, "svg");
      s.setAttribute("class", className);
      s.setAttribute("aria-hidden", "true");
      const use = document.createElementNS(SVG, "use");
      s.append(use);
      into.append(s);
      return [s, use];
    };
    const wrap = el("div", "wrap", this.space);
    const pin = el("div", "pin", wrap);
    const button = el("button", "node", pin);
    button.type = "button";
    const [, icon] = svg("icon", button);
    const label = el("bdi", "label", button);
    button.append(" ");
    const detail = el("bdi", "detail", button);
    const [mark, markUse] = svg("icon mark", button);
    const counts = el("span", "tally", button);
    const fold = el("button", "fold", pin);
    fold.type = "button";
    fold.tabIndex = -1;
    const slot: Slot = { wrap, button, fold, icon, label, detail, mark, markUse, counts, node: -1, stamp: "" };
    button.addEventListener("click", () => this.handlers.choose(slot.node));
    fold.addEventListener("click", () => this.handlers.fold(slot.node));
    return slot;
  }

  #fill(slot: Slot, i: number): void {
    const p = this.picture!;
    const t = p.nodes;
    const key = t.text("key", i);
    const tab = i === this.active;
    const stamp = `${i}${tab}`;
    if (slot.stamp === stamp) return;
    slot.stamp = stamp;
    slot.node = i;
    const [column, y, height] = [t.num("column", i), t.num("y", i), t.num("height", i)];
    const folded = t.num("folded", i);
    const leaf = p.lastChild[i] < 0 && !folded;
    const state = t.num("state", i);
    const [label, reason, detail] = [t.text("label", i), t.text("reason", i), t.text("detail", i)];
    const { x, w } = this.#geometry;
    const style = slot.wrap.style;
    // Not by a transform: what is pinned is pinned by where its box is laid out.
    style.left = `${x[column]}px`;
    style.top = `${y}px`;
    style.width = `${w[column]}px`;
    style.height = `${height}px`;
    // Where something is served through a node that holds others, that is what its edge says; what is not is counted.
    const mixed = !leaf && t.num("best", i) === 0 && state !== 0;
    const verdict = state === 9 ? "none" : VERDICTS[mixed ? 0 : state];
    const severity = t.num("severity", i);
    const classes = ["node", `v-${verdict}`];
    if (this.chosen.has(i)) classes.push("chosen");
    else if (this.#path.has(i)) classes.push("on-path");
    if (folded) classes.push("folded");
    if (leaf) classes.push("leaf");
    if (this.ghosts.has(key)) classes.push("ghost");
    if (this.born.has(key)) classes.push("born");
    if (column === 6 && state === 1) classes.push("lost");
    slot.button.className = classes.join(" ");
    slot.button.tabIndex = tab ? 0 : -1;
    slot.button.dataset.key = key;
    slot.icon.setAttribute("href", state === 9 ? "#i-attached" : `#i-${t.num("refused", i) && !t.num("blocked", i) && state === 2 && t.num("attachment", i) >= 0 ? "refused" : verdict}`);
    slot.label.textContent = safe(label);
    slot.detail.textContent = safe(reason || detail);
    slot.detail.className = reason ? "detail why" : "detail";
    // What is well is told by its edge alone; what is not, by its shape too.
    slot.icon.parentElement!.toggleAttribute("hidden", mixed || state === 0 || state === 9);
    const marked = severity === 1 || severity === 2;
    slot.mark.toggleAttribute("hidden", !marked);
    if (marked) {
      slot.markUse.setAttribute("href", `#i-${SEVERITIES[severity]}`);
      slot.mark.setAttribute("class", `icon mark ${severity === 1 ? "v-blocked" : "v-unknown"}`);
    }
    const tally = folded || mixed ? (["exposed", "blocked", "refused", "unknown", "shadowed", "pending"] as const).flatMap((n) => (t.num(n, i) ? [`${t.num(n, i)} ${n}`] : [])) : [];
    const bad = t.num("blocked", i) + t.num("refused", i);
    const odd = t.num("unknown", i) + t.num("shadowed", i) + t.num("pending", i);
    // Drawn by the style: the name says the same in words.
    const bare = !reason && !detail;
    const total = (["exposed", "blocked", "refused", "unknown", "shadowed", "pending"] as const).reduce((n, c) => n + t.num(c, i), 0);
    const of = bare ? ` of ${total}` : "";
    const short = `${folded ? `+${folded}` : ""}${mixed && (bad || odd) ? ` ${bad ? `✕${bad}` : `?${odd}`}${of}` : ""}`.trim();
    slot.button.classList.toggle("bare", bare);
    slot.counts.dataset.short = short;
    slot.counts.className = mixed ? `tally v-${bad ? "blocked" : "unknown"}` : "tally";
    slot.counts.hidden = !short;
    slot.button.title = [label, detail, reason, tally.join(", ")].filter(Boolean).map(safe).join("\n");
    // What is seen comes first and as it is seen: who speaks to the browser says what stands there.
    const name = [`${COLUMN_NAMES[column]} ${label} ${reason || detail}`.trim(), state === 9 ? "" : mixed ? tally.join(", ") : verdict, severity ? `${SEVERITIES[severity]} finding` : "", folded ? `folded, ${tally.join(", ")}` : "", reason && detail, t.num("reach", i) !== 9 ? `reach ${["external", "internal", "unknown"][t.num("reach", i)]}` : ""];
    slot.button.setAttribute("aria-label", name.filter(Boolean).map(safe).join(", "));
    slot.button.setAttribute("aria-pressed", String(this.chosen.has(i)));
    slot.fold.hidden = leaf && !t.text("group", i);
    slot.fold.className = folded ? "fold shut" : "fold";
    slot.fold.setAttribute("aria-label", `${folded ? "Unfold" : "Fold"} ${safe(label)}`);
  }

  #edges(top: number, view: number): void {
    const p = this.picture!;
    const from = Math.max(0, top - OVER);
    const height = Math.min(view + 2 * OVER, Math.max(view, p.height + 12 - from));
    const far = this.#canvasTop < 0 || (top < this.#canvasTop && this.#canvasTop > 0) || (top + view > this.#canvasTop + this.canvas.clientHeight && this.#canvasTop + this.canvas.clientHeight < p.height);
    if (!far) return;
    if (!this.#colors.line) this.colors();
    this.#canvasTop = from;
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const { x, w, total } = this.#geometry;
    const c = this.canvas;
    if (c.width !== Math.round(total * ratio) || c.height !== Math.round(height * ratio)) {
      c.width = Math.round(total * ratio);
      c.height = Math.round(height * ratio);
      c.style.width = `${total}px`;
      c.style.height = `${height}px`;
    }
    c.style.transform = `translateY(${from}px)`;
    const g = c.getContext("2d");
    if (!g) return;
    g.setTransform(ratio, 0, 0, ratio, 0, -from * ratio);
    g.clearRect(0, from, total, height);
    g.lineWidth = 1.2;
    const t = p.nodes;
    const nodes = p.between(from - ROW, from + height + ROW);
    const mid = BOX / 2;
    const trunks = new Map<number, { x: number; to: number; accent: number }>();
    // Quiet lines first, what matters above them.
    const lines: { order: number; i: number; parent: number; color: string; dash: boolean }[] = [];
    for (const i of nodes) {
      const parent = t.num("parent", i);
      if (parent < 0) continue;
      const best = t.num("best", i);
      const on = this.#path.has(i);
      lines.push({ order: on ? 9 : best === 0 ? 0 : best === 9 ? 0 : best, i, parent, color: on ? this.#colors.accent : best === 0 || best === 9 ? this.#colors.line : this.#colors[VERDICTS[best]], dash: best === 1 || best === 3 });
    }
    for (const { parent, i } of lines) {
      if (trunks.has(parent)) continue;
      const px = x[t.num("column", parent)] + w[t.num("column", parent)] + GAP / 2;
      trunks.set(parent, { x: px, to: t.num("y", p.lastChild[parent]) + mid, accent: this.#path.has(i) ? i : -1 });
    }
    g.strokeStyle = this.#colors.line;
    g.beginPath();
    for (const [parent, tr] of trunks) {
      const y = t.num("y", parent) + mid;
      g.moveTo(tr.x - GAP / 2, y);
      g.lineTo(tr.x, y);
      if (tr.to > y) {
        g.moveTo(tr.x, Math.max(y, from));
        g.lineTo(tr.x, Math.min(tr.to - 5, from + height));
      }
    }
    g.stroke();
    lines.sort((a, b) => a.order - b.order);
    for (const l of lines) {
      const tr = trunks.get(l.parent)!;
      const y = t.num("y", l.i) + mid;
      const py = t.num("y", l.parent) + mid;
      const end = x[t.num("column", l.i)];
      g.strokeStyle = l.color;
      g.lineWidth = l.order === 9 ? 2 : 1.2;
      g.setLineDash(l.dash ? [3, 3] : []);
      g.beginPath();
      if (l.order === 9) {
        g.moveTo(tr.x - GAP / 2, py);
        g.lineTo(tr.x, py);
        g.lineTo(tr.x, y - (y > py ? 5 : 0));
      }
      if (y > py) {
        g.moveTo(tr.x, y - 5);
        g.arcTo(tr.x, y, tr.x + 5, y, 5);
      } else g.moveTo(tr.x, y);
      g.lineTo(end, y);
      g.stroke();
    }
    g.setLineDash([]);
  }

  /** One line of the strip for so many rows, in the colour of the worst. */
  drawStrip(): void {
    const p = this.picture;
    const c = this.strip;
    if (!p) return;
    if (!this.#colors.line) this.colors();
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [c.clientWidth, c.clientHeight];
    c.width = Math.round(width * ratio);
    c.height = Math.round(height * ratio);
    const g = c.getContext("2d");
    if (!g || !height) return;
    g.scale(ratio, ratio);
    const lines = Math.max(1, Math.floor(height / 2));
    const scale = Math.max(p.height, this.scroller.clientHeight);
    const worst = new Int8Array(lines).fill(-1);
    const rank = [0, 1, 3, 2];
    const t = p.nodes;
    for (let i = 0; i < p.count; i++) {
      if (p.lastChild[i] >= 0) continue;
      const state = t.num("state", i);
      const at = Math.min(lines - 1, Math.floor((t.num("y", i) / scale) * lines));
      const value = state === 9 ? 0 : state;
      if (worst[at] < 0 || rank[value] > rank[worst[at]]) worst[at] = value;
    }
    worst.forEach((v, i) => {
      if (v < 0) return;
      g.fillStyle = v === 0 ? this.#colors.muted : this.#colors[VERDICTS[v]];
      g.fillRect(3, i * 2, width - 6, v === 0 ? 1 : 2);
    });
  }
}
