// Puts the unit tests into files that Node can run, since Node does not read this project's imports by itself.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    ssr: true,
    outDir: "node_modules/.units",
    emptyOutDir: true,
    minify: false,
    rolldownOptions: { input: ["units/logic.test.ts", "units/garage.test.ts", "units/servers.test.ts"] },
  },
  logLevel: "error",
});
