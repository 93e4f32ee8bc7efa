import { useEffect, useState } from 'react';
import { Link, NavLink } from 'react-router';
import { useQuery } from '@tanstack/react-query';
import { Gauge, Keyboard, ListChecks, Moon, Server, Settings, Sun } from 'lucide-react';
import { statsQuery } from '../api/review';
import { useSession } from '../auth/session-context';
import { cx } from '../lib/cx';
import { plural } from '../lib/format';
import { setTheme, useTheme } from '../lib/theme';
import { useMedia } from '../lib/use-media';
import { usePendingInTitle } from '../lib/use-title';
import { IconButton } from '../ui/button';

const ITEMS = [
  { to: '/', label: 'Home', icon: Gauge },
  { to: '/review', label: 'Review', icon: ListChecks },
  { to: '/servers', label: 'Servers', icon: Server },
  { to: '/settings', label: 'Settings', icon: Settings },
] as const;

/** A badge never shows more than two digits. */
const BADGE_MAX = 99;
/** At most one spoken message a minute. */
const ANNOUNCE_MS = 60_000;

/** The count, spoken politely when it has changed, at most once a minute. */
function useAnnouncement(count: number | undefined): string {
  const [spoken, setSpoken] = useState<{ count: number; at: number } | null>(null);
  const [text, setText] = useState('');
  useEffect(() => {
    if (count === undefined || count === spoken?.count) return undefined;
    const wait = spoken ? Math.max(0, spoken.at + ANNOUNCE_MS - Date.now()) : 0;
    const timer = setTimeout(() => {
      // The first count is in the link already.
      if (spoken) setText(`${plural(count, 'change waits', 'changes wait')} for review`);
      setSpoken({ count, at: Date.now() });
    }, wait);
    return () => clearTimeout(timer);
  }, [count, spoken]);
  return text;
}

/** A rail on wide screens, a bar at the bottom on phones. */
export function Nav({ live, onKeys }: { live: boolean; onKeys: () => void }) {
  const { user } = useSession();
  const stats = useQuery({ ...statsQuery, enabled: live });
  const pending = stats.data?.pending_tools ?? 0;
  usePendingInTitle(pending);
  const announcement = useAnnouncement(stats.data?.pending_tools);
  return (
    <nav
      aria-label="Main"
      className="order-2 flex shrink-0 border-t border-line bg-canvas max-md:px-1 md:order-1 md:w-[68px] md:flex-col md:items-center md:gap-0.5 md:border-t-0 md:border-r md:py-3 short:md:sticky short:md:top-0 short:md:h-dvh short:md:overflow-y-auto"
    >
      <img
        src="/icon.svg"
        alt="mcpbox"
        width={26}
        height={26}
        className="mb-3 shrink-0 max-md:hidden"
      />
      {ITEMS.map(({ to, label, icon: Icon }) => (
        <NavLink
          key={to}
          to={to}
          end={to === '/'}
          className={({ isActive }) =>
            cx(
              'group relative flex shrink-0 flex-col items-center justify-center gap-1 rounded-md py-2 text-2xs font-medium max-md:flex-1 md:w-[60px]',
              isActive ? 'text-ink' : 'text-ink-3 hover:text-ink',
            )
          }
        >
          {({ isActive }) => (
            <>
              <span
                className={cx(
                  'relative grid h-7 w-11 place-items-center rounded-full transition-colors',
                  isActive ? 'bg-ink text-canvas' : 'group-hover:bg-hover',
                )}
              >
                <Icon size={17} strokeWidth={1.75} aria-hidden />
                {to === '/review' && pending > 0 && (
                  <span
                    aria-hidden
                    className="num absolute -top-1 -right-0.5 grid h-4 min-w-4 place-items-center rounded-full bg-mark px-1 text-[10px] leading-none font-semibold text-on-mark ring-2 ring-canvas"
                  >
                    {pending > BADGE_MAX ? `${BADGE_MAX}+` : pending}
                  </span>
                )}
              </span>
              {label}
              {to === '/review' && pending > 0 && (
                <span className="sr-only">, {pending} waiting</span>
              )}
            </>
          )}
        </NavLink>
      ))}
      <span className="sr-only" role="status">
        {announcement}
      </span>
      <div className="mt-auto flex flex-col items-center gap-1.5 max-md:hidden">
        <IconButton label="Keyboard shortcuts" aria-keyshortcuts="?" onClick={onKeys}>
          <Keyboard size={17} strokeWidth={1.75} aria-hidden />
        </IconButton>
        <ThemeButton />
        <Link
          to="/settings/account"
          aria-label={`Account: ${user.username}, ${user.role}`}
          title={`${user.username}, ${user.role}`}
          className="mt-1 grid size-8 place-items-center rounded-full bg-accent-soft text-xs font-semibold text-accent"
        >
          {user.username.slice(0, 2).toLowerCase()}
        </Link>
      </div>
    </nav>
  );
}

function ThemeButton() {
  const theme = useTheme();
  const system = useMedia('(prefers-color-scheme: dark)');
  const dark = theme === 'dark' || (theme === 'system' && system);
  const Icon = dark ? Sun : Moon;
  return (
    <IconButton
      label={dark ? 'Use light theme' : 'Use dark theme'}
      onClick={() => setTheme(dark ? 'light' : 'dark')}
    >
      <Icon size={17} strokeWidth={1.75} aria-hidden />
    </IconButton>
  );
}
