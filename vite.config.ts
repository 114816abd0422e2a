import { join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Studio: `src/studio` to `dist/studio`, which the server serves at `/`. `vite` alone develops against a running server. */
export default defineConfig({
  root: join(import.meta.dirname, "src/studio"),
  plugins: [react()],
  build: {
    outDir: join(import.meta.dirname, "dist/studio"),
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // The graph layout engine (elkjs) is one large file; it is loaded only by the job page.
    chunkSizeWarningLimit: 1700,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8600" } },
});
