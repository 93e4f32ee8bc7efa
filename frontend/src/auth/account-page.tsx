import { useQuery } from '@tanstack/react-query';
import { accountQuery } from '../api/session';
import { exact } from '../lib/format';
import { setSingleKeys, useSingleKeys } from '../lib/shortcuts';
import { setTheme, useTheme } from '../lib/theme';
import { useTitle } from '../lib/use-title';
import { Age } from '../ui/age';
import { Button } from '../ui/button';
import { Chip } from '../ui/chip';
import { PageHeader, Section } from '../ui/page';
import { Segmented } from '../ui/segmented';
import { FormError } from '../ui/states';
import { Switch } from '../ui/switch';
import { ChangePassword } from './change-password';
import { useSession } from './session-context';
import { useSignOut } from './use-sign-out';

export default function AccountPage() {
  useTitle('Account');
  return (
    <div className="scroll h-full overflow-y-auto bg-surface">
      <PageHeader title="Account" />
      <div className="max-w-[720px]">
        <You />
        <Section title="Password">
          <ChangePassword />
        </Section>
        <Appearance />
        <Keys />
      </div>
    </div>
  );
}

function You() {
  const session = useSession();
  const account = useQuery(accountQuery);
  const leave = useSignOut();
  const last = account.data?.last_login_at;
  return (
    <Section title="Session">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="font-medium">{session.user.username}</span>
        <Chip>{session.user.role}</Chip>
      </p>
      <p className="mt-1 text-ink-2">
        {last && (
          <>
            Last sign-in <Age time={last} suffix=" ago" />.{' '}
          </>
        )}
        This session ends on {exact(session.expires_at)} at the latest, and after{' '}
        {Math.round(session.idle_seconds / 60)} minutes without use.
      </p>
      <div className="mt-3 grid justify-items-start gap-3">
        <FormError error={leave.error} />
        <Button busy={leave.isPending} onClick={() => leave.mutate()}>
          Sign out
        </Button>
      </div>
    </Section>
  );
}

function Appearance() {
  const theme = useTheme();
  return (
    <Section title="Theme">
      <Segmented
        label="Theme"
        value={theme}
        onChange={setTheme}
        items={[
          ['light', 'Light'],
          ['dark', 'Dark'],
          ['system', 'As the system'],
        ]}
      />
    </Section>
  );
}

function Keys() {
  const on = useSingleKeys();
  return (
    <Section title="Keyboard">
      <div className="flex items-center gap-3">
        <Switch label="Single-key shortcuts" checked={on} onChange={setSingleKeys} />
        <p className="text-ink-2">
          Single-key shortcuts are {on ? 'on' : 'off'}. Press <kbd>?</kbd> for the list.
        </p>
      </div>
    </Section>
  );
}
