import { useOutletContext } from 'react-router';
import type { ServerDetail } from '../api/types';

/** The server of the frame around this page. */
export function useServer(): ServerDetail {
  return useOutletContext<ServerDetail>();
}
