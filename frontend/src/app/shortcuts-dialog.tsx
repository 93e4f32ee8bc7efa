import { Link } from 'react-router';
import { useSingleKeys } from '../lib/shortcuts';
import { Dialog } from '../ui/dialog';
import { Kbd } from '../ui/kbd';

const GROUPS: { title: string; keys: [keys: string, does: string][] }[] = [
  {
    title: 'Anywhere',
    keys: [
      ['?', 'This list'],
      ['g h', 'Home'],
      ['g r', 'Review'],
      ['g s', 'Servers'],
      ['g a', 'Account'],
      ['Esc', 'Close what is on top'],
    ],
  },
  {
    title: 'Review',
    keys: [
      ['j', 'Next in the queue'],
      ['k', 'Previous in the queue'],
      ['a', 'Approve: opens the dialog, Enter confirms'],
      ['r', 'Reject'],
      ['x', 'Tick the finding you are on as seen'],
      ['n', 'Next finding'],
      ['p', 'Previous finding'],
      ['1', 'Code'],
      ['2', 'Description'],
      ['3', 'Arguments'],
      ['u', 'Side by side or unified'],
      ['t', 'Run with your own arguments'],
      ['[', 'Hide or show the queue'],
      [']', 'Hide or show the facts'],
      ['/', 'Search the queue'],
    ],
  },
];

export default function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const on = useSingleKeys();
  return (
    <Dialog open onClose={onClose} title="Keyboard">
      {!on && (
        <p className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-xs text-warn">
          Single keys are switched off.
        </p>
      )}
      {GROUPS.map((group) => (
        <section key={group.title} className="mb-4">
          <h3 className="mb-2 text-xs font-medium text-ink-3">{group.title}</h3>
          <dl className="grid grid-cols-[56px_1fr] items-center gap-x-4 gap-y-2">
            {group.keys.map(([keys, does]) => (
              <div key={keys} className="contents">
                <dt className="flex gap-1">
                  {keys.split(' ').map((key) => (
                    <Kbd key={key}>{key}</Kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p className="text-xs text-ink-3">
        Single keys can be switched {on ? 'off' : 'on'} in your{' '}
        <Link to="/settings/account" onClick={onClose} className="text-accent underline">
          account
        </Link>
        .
      </p>
    </Dialog>
  );
}
