import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { queueQuery } from '../api/review';
import { encode, useQueryString } from '../lib/query-string';
import { queueCodec } from './queue-codec';

/** The list beside the open review, and the way along it. */
export function useQueue(openId: string | undefined) {
  const [filter, setFilter] = useQueryString(queueCodec);
  const query = useQuery(queueQuery(filter));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { search } = useLocation();
  const items = query.data?.items ?? [];
  const index = items.findIndex((item) => item.id === openId);

  /** Opens a review and keeps the filter in the address. */
  const open = useCallback(
    (toolId: string, replace = false) =>
      void navigate({ pathname: `/review/${toolId}`, search }, { replace }),
    [navigate, search],
  );

  /** One on or back; over the edge of a page, the page before or after. */
  const move = useCallback(
    async (step: 1 | -1) => {
      const data = query.data;
      if (!data) return;
      const near = data.items[index < 0 ? 0 : index + step];
      if (near) {
        open(near.id);
        return;
      }
      const page = filter.page + step;
      if (page < 1 || page > data.pages) return;
      const other = await queries.ensureQueryData(queueQuery({ ...filter, page }));
      const next = step > 0 ? other.items[0] : other.items.at(-1);
      if (!next) return;
      const there = encode(queueCodec, { ...filter, page });
      void navigate({ pathname: `/review/${next.id}`, search: there.toString() });
    },
    [query.data, index, filter, open, queries, navigate],
  );

  /** The one to open when the open one has been decided; asked before it leaves. */
  const after = items[index + 1]?.id ?? items[index - 1]?.id;
  const position =
    query.data && index >= 0 ? (filter.page - 1) * query.data.page_size + index + 1 : 0;
  return { filter, setFilter, query, items, index, open, move, after, position, search };
}

export type Queue = ReturnType<typeof useQueue>;
