// Sets the theme before the first paint.  A file of its own: the content
// security policy refuses inline scripts.  src/lib/theme.ts keeps it current.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('mcpbox-theme');
  } catch (e) {
    // Storage can be refused; then the system decides.
  }
  var dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  var meta = document.querySelector('meta[name=theme-color]');
  if (meta) meta.content = dark ? '#111210' : '#f4f4f0';
})();
