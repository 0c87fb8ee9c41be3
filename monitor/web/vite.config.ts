// How the console is put together: everything from our own origin, nothing inline, so that the server's
// content-security policy needs no exception.
import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "dist",
    target: "es2022",
    // A data: address would be refused by the policy for fonts, and hides a file from the browser's cache.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["index.html", "docs.html"],
      output: {
        // Servers that do not know .mjs would send the map's worker as text, which no browser runs.
        assetFileNames: (asset) =>
          asset.names.some((name) => name.endsWith(".mjs")) ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]",
      },
    },
    chunkSizeWarningLimit: 1_200,
  },
});
