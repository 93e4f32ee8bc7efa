import type { Plugin } from 'vite';

const FROM = '!root.head && root.adoptedStyleSheets';
const TO = 'root.adoptedStyleSheets';

/**
 * CodeMirror's style-mod uses constructable sheets inside a shadow root, but
 * writes a <style> element into a document, which the content security policy
 * refuses.  This makes it use constructable sheets everywhere.  The build
 * fails when the text to replace is not found: then style-mod has changed and
 * the patch must be looked at again.
 */
export function constructableStyles(): Plugin {
  let patched = false;
  return {
    name: 'constructable-styles',
    enforce: 'pre',
    apply: 'build',
    transform(code, id) {
      if (!/style-mod[\\/]src[\\/]style-mod\.js/.test(id)) return undefined;
      if (!code.includes(FROM)) this.error('style-mod has changed: review the CSP patch');
      patched = true;
      return { code: code.replace(FROM, TO), map: null };
    },
    buildEnd(failure) {
      if (!failure && !patched) this.error('style-mod was not seen: the CSP patch did not run');
    },
  };
}
