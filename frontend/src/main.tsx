import '@fontsource-variable/geist/wght.css';
import '@fontsource-variable/geist-mono/wght.css';
import './styles.css';
import { createRoot } from 'react-dom/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from 'react-router/dom';
import { CSPProvider } from '@base-ui/react/csp-provider';
import { worthRetrying } from './api/error';
import { router } from './app/router';

const queries = new QueryClient({
  defaultOptions: {
    // A read may be tried once more.  A write never is: it may have worked.
    queries: { staleTime: 30_000, retry: worthRetrying, retryDelay: 600, networkMode: 'always' },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  // The policy refuses <style>; the component library works without its own.
  <CSPProvider disableStyleElements>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </CSPProvider>,
);
