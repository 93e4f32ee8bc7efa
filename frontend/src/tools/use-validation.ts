import { useMemo } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { validateCode } from '../api/tools';
import type { CodeReport } from '../api/types';
import { notesOf, remarks } from '../code/findings';
import type { Note } from '../code/notes';
import { useDebounced } from '../lib/use-debounced';

const TYPING_MS = 600;
const KEPT_MS = 60_000;

function notesOfReport(code: string, report: CodeReport | undefined): Note[] {
  const found = notesOf(
    remarks({ python_code: code, description: '', findings: report?.findings ?? [] }),
  );
  if (!report?.error) return found;
  const { line, message } = report.error;
  return [
    { key: 'error', severity: 'high', line, title: 'Does not parse', text: message },
    ...found,
  ];
}

/** Asks the server about the code after each pause in typing. */
export function useValidation(code: string, enabled = true) {
  const settled = useDebounced(code, TYPING_MS);
  const query = useQuery({
    queryKey: ['validate', settled],
    queryFn: ({ signal }) => validateCode(settled, signal),
    enabled: enabled && settled.trim() !== '',
    staleTime: Infinity,
    gcTime: KEPT_MS,
    placeholderData: keepPreviousData,
  });
  const current = settled === code && !query.isPlaceholderData;
  const report = query.data;
  const notes = useMemo(() => notesOfReport(settled, report), [settled, report]);
  return { query, report, notes, checking: !current || query.isFetching };
}

export type Validation = ReturnType<typeof useValidation>;
