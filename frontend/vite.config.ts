import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';
import tailwind from '@tailwindcss/vite';
import { constructableStyles } from './tools/plugins/constructable-styles.ts';
import { preloadFonts } from './tools/plugins/preload-fonts.ts';

// Where `npm run dev` finds a running instance.
const instance = `http://${process.env.MCPBOX_LISTEN ?? '127.0.0.1:8080'}`;

export default defineConfig({
  plugins: [constructableStyles(), react(), tailwind(), preloadFonts()],
  build: {
    target: 'es2023',
    // No data: URLs and no inline script: the content security policy
    // allows only files of this origin.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    manifest: true,
    chunkSizeWarningLimit: 450,
  },
  server: {
    proxy: {
      '/api': { target: instance, changeOrigin: true },
      '/auth': { target: instance, changeOrigin: true },
      '/health': { target: instance, changeOrigin: true },
    },
  },
});
