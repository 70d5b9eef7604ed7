import { defineConfig } from "vite";
import { shared } from "./vite.config.ts";

/** The worker as one classic script with everything in it, for the page that is one file. */
export default defineConfig({
  ...shared,
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "dist/single",
    emptyOutDir: true,
    reportCompressedSize: false,
    lib: { entry: "src/worker/single.ts", formats: ["iife"], name: "worker", fileName: () => "worker.js" },
  },
});
