import type { HtmlTagDescriptor, Plugin } from 'vite';

// The one file that every first paint needs: Latin text.
const WANTED = /(^|\/)geist-latin-wght-normal-[^/]*\.woff2$/;

/** Preloads the Latin text font under its hashed name. */
export function preloadFonts(): Plugin {
  return {
    name: 'preload-fonts',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const files = Object.keys(bundle ?? {}).filter((file) => WANTED.test(file));
        if (files.length !== 1) throw new Error(`one Latin font expected, found ${files.length}`);
        return files.map((file): HtmlTagDescriptor => ({
          tag: 'link',
          injectTo: 'head',
          attrs: {
            rel: 'preload',
            as: 'font',
            type: 'font/woff2',
            crossorigin: '',
            href: `/${file}`,
          },
        }));
      },
    },
  };
}
