import { useOutletContext } from 'react-router';
import type { Tool } from '../api/types';

/** The tool of the frame around this page. */
export function useTool(): Tool {
  return useOutletContext<Tool>();
}
