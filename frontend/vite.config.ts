import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';
import tailwind from '@tailwindcss/vite';
import { constructableStyles } from './tools/plugins/constructable-styles';
import { preloadFonts } from './tools/plugins/preload-fonts';

// Where `npm run dev` finds a running instance.
const instance = `http://${process.env.MCPBOX_LISTEN ?? '127.0.0.1:8080'}`;

// What nearly every page needs.  Nothing of the component library or the editor.
const BASE =
  /src\/(api|lib)\/|src\/ui\/(age|button|chip|chunk-boundary|copy-button|kbd|notify|page|pager|segmented|states|switch|tabs|visible)\.|\/status\.tsx|lucide-react\/|node_modules\/(react|scheduler)\//;

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
    rolldownOptions: {
      output: {
        // Many pages share many small modules; one file for them compresses
        // better than thirty, and is one request.
        codeSplitting: { groups: [{ name: 'base', test: BASE, minShareCount: 2 }] },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: instance, changeOrigin: true },
      '/auth': { target: instance, changeOrigin: true },
      '/health': { target: instance, changeOrigin: true },
    },
  },
});
