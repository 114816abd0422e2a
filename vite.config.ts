import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const folder = join(import.meta.dirname, "dist/studio");

/** Puts `.br` and `.gz` beside the files that shrink, so that the server never compresses. */
const compressed: Plugin = {
  name: "compressed",
  apply: "build",
  async writeBundle(_, bundle) {
    const names = Object.keys(bundle).filter((name) => /^assets\/.*\.(js|css|svg)$/.test(name));
    for (const name of names) {
      const file = join(folder, name);
      const content = await readFile(file);
      if (content.length < 1024) continue;
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9 };
      await writeFile(`${file}.br`, await promisify(brotliCompress)(content, { params }));
      await writeFile(`${file}.gz`, await promisify(gzip)(content, { level: 9 }));
    }
  },
};

/** Studio: `src/studio` to `dist/studio`, which the server serves at `/`. `vite` alone develops against a running server. */
export default defineConfig({
  root: join(import.meta.dirname, "src/studio"),
  plugins: [react(), compressed],
  build: {
    outDir: folder,
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // The graph layout engine (elkjs) is one large file; it is loaded only by the job page.
    chunkSizeWarningLimit: 1700,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8600" } },
});
