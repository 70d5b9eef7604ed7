import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const pkg = (name: string) => fileURLToPath(new URL(`../wasm/pkg/${name}`, import.meta.url));

/** The worker is told where the module is; the glue's own guess would have it bundled a second time. */
const noGuess: Plugin = {
  name: "no-module-guess",
  transform: (code, id) => (id.endsWith("/wasm/pkg/gatescope.js") ? code.replace(/new URL\('gatescope\.wasm', import\.meta\.url\)/, "undefined") : undefined),
};

/** What both builds share. */
export const shared = {
  resolve: { alias: { "gatescope/columns": pkg("columns.js"), gatescope: pkg("gatescope.js") } },
  define: { __MODULE_SHA256__: JSON.stringify(createHash("sha256").update(readFileSync(pkg("gatescope.wasm"))).digest("hex")) },
  plugins: [noGuess],
};

export default defineConfig({
  ...shared,
  // Paths relative to the page: it works under any sub-path.
  base: "./",
  worker: { format: "es", plugins: () => [noGuess] },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { assetFileNames: "assets/[name]-[hash][extname]", entryFileNames: "assets/page-[hash].js" } },
  },
});
