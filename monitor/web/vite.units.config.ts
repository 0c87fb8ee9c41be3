// Puts the unit tests into one file that Node can run, since Node does not read this project's imports by itself.
import { defineConfig } from "vite";

export default defineConfig({
  build: { ssr: "units/logic.test.ts", outDir: "node_modules/.units", emptyOutDir: true, minify: false },
  logLevel: "error",
});
