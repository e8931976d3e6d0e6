/* Builds the assets into ../built, which is not committed: hashed names, a manifest by which the server finds them, and
   each file compressed beside itself. */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { type Plugin, defineConfig } from "vite";
import { world } from "./atlas/world.ts";

const BUILT = resolve(import.meta.dirname, "../built");
const COMPRESSED = new Set([".js", ".css", ".svg"]);

function worldMap(): Plugin {
  return {
    name: "world-map",
    generateBundle() {
      const { svg, index } = world();
      const reference = this.emitFile({ type: "asset", name: "world.svg", source: svg });
      const file = this.getFileName(reference);
      this.emitFile({ type: "asset", fileName: "world.json", source: JSON.stringify({ file, ...index }) });
    },
  };
}

function compressed(): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      for (const name of readdirSync(BUILT)) {
        if (!COMPRESSED.has(extname(name))) continue;
        const text = readFileSync(join(BUILT, name));
        writeFileSync(join(BUILT, `${name}.br`), brotliCompressSync(text));
        writeFileSync(join(BUILT, `${name}.gz`), gzipSync(text, { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  plugins: [worldMap(), compressed()],
  build: {
    outDir: BUILT,
    emptyOutDir: true,
    assetsDir: "",
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2022",
    chunkSizeWarningLimit: 1100,
    rolldownOptions: {
      input: { map: "src/map.ts", graph: "src/graph.ts", sparql: "src/sparql.ts" },
      // YASGUI carries a JSON parser of old that falls back on eval; the pages' policy forbids it, and nothing comes there.
      checks: { eval: false },
    },
  },
});
