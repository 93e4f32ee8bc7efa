import { useQuery } from '@tanstack/react-query';
import { CircleAlert, Minus, TriangleAlert } from 'lucide-react';
import { healthQuery } from '../api/system';
import type { SandboxLayer } from '../api/types';
import { cx } from '../lib/cx';
import { Loaded, SkeletonRows, StaleBanner } from '../ui/states';

type State = SandboxLayer['state'] | 'bad';

function Mark({ state }: { state: State }) {
  if (state === 'on')
    return (
      <svg width="8" height="8" className="mx-[2.5px] shrink-0" role="img" aria-label="Works:">
        <circle cx="4" cy="4" r="4" fill="var(--ok)" />
      </svg>
    );
  if (state === 'off') return <Minus size={13} className="shrink-0 text-ink-3" aria-label="Off:" />;
  if (state === 'missing')
    return <TriangleAlert size={13} className="shrink-0 text-warn" aria-label="Missing:" />;
  return <CircleAlert size={13} className="shrink-0 text-bad" aria-label="Broken:" />;
}

const TONES: Record<State, string> = {
  on: 'text-ink-3',
  off: 'text-ink-3',
  missing: 'text-warn',
  bad: 'text-bad',
};

function Line({ name, state, detail }: { name: string; state: State; detail: string }) {
  return (
    <li className="flex min-h-8 items-center gap-2.5 px-4 py-1 md:px-5">
      <Mark state={state} />
      <span className="shrink-0">{name}</span>
      <span className={cx('num ml-auto min-w-0 text-right text-xs break-words', TONES[state])}>
        {detail}
      </span>
    </li>
  );
}

/** The parts of the instance, and each layer of the sandbox by name. */
export function HomeHealth() {
  const query = useQuery(healthQuery);
  return (
    <>
      <StaleBanner query={query} what="Health" />
      <Loaded
        query={query}
        what="The health could not be read."
        skeleton={<SkeletonRows rows={4} label="Loading the health…" />}
      >
        {({ services: { database, sandbox } }) => (
          <>
            <section aria-labelledby="services">
              <div className="flex h-11 items-center px-4 md:px-5">
                <h2 id="services" className="font-semibold">
                  Services
                </h2>
              </div>
              <ul className="border-t border-line py-1">
                <Line
                  name="Database"
                  state={database.healthy ? 'on' : 'bad'}
                  detail={database.status}
                />
                <Line
                  name="Sandbox"
                  state={sandbox.healthy ? 'on' : 'bad'}
                  detail={sandbox.status}
                />
              </ul>
            </section>
            <section aria-labelledby="isolation">
              <div className="flex h-11 items-center border-t border-line px-4 md:px-5">
                <h2 id="isolation" className="font-semibold">
                  Isolation layers
                </h2>
              </div>
              <ul className="border-t border-line py-1 pb-4">
                {sandbox.layers.length > 0 ? (
                  sandbox.layers.map((layer) => (
                    <Line
                      key={layer.name}
                      name={layer.name}
                      state={layer.state}
                      detail={layer.detail || layer.state}
                    />
                  ))
                ) : (
                  <li className="px-4 py-2 text-ink-2 md:px-5">Not known: the sandbox is away.</li>
                )}
              </ul>
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}
