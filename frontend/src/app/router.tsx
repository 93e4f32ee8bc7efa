import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { PageCrash } from './crash';
import { Boot } from './boot';
import { Frame } from './frame';
import { NotFound } from './not-found';

type PageModule = { default: React.ComponentType };

/** A page in a chunk of its own; with children it is the frame around them. */
function page(
  path: string,
  load: () => Promise<PageModule>,
  children?: RouteObject[],
): RouteObject {
  return {
    path,
    errorElement: <PageCrash />,
    lazy: async () => ({ Component: (await load()).default }),
    ...(children && { children }),
  };
}

export const router = createBrowserRouter([
  {
    errorElement: <PageCrash full />,
    HydrateFallback: Boot,
    children: [
      page('/setup', () => import('../auth/setup-page')),
      page('/login', () => import('../auth/login-page')),
      {
        element: <Frame />,
        children: [
          page('/', () => import('./home')),
          page('/review', () => import('../review/review-page')),
          page('/review/:toolId', () => import('../review/review-page')),
          page('/servers', () => import('../servers/servers-page')),
          page('/servers/:serverId/tools/new', () => import('../tools/new-tool-page')),
          page('/servers/:serverId', () => import('../servers/server-frame'), [
            page('', () => import('../servers/server-tools-page')),
            page('secrets', () => import('../servers/server-secrets-page')),
            page('network', () => import('../servers/server-network-page')),
            page('settings', () => import('../servers/server-settings-page')),
          ]),
          page('/network', () => import('../network/network-page')),
          page('/servers/:serverId/tools/:toolId', () => import('../tools/tool-frame'), [
            page('', () => import('../tools/code-page')),
            page('versions', () => import('../tools/versions-page')),
            page('run', () => import('../tools/run-page')),
            page('settings', () => import('../tools/tool-settings-page')),
          ]),
          { path: '/settings', element: <Navigate to="/settings/account" replace /> },
          page('/settings/account', () => import('../auth/account-page')),
          { path: '*', element: <NotFound /> },
        ],
      },
    ],
  },
]);
