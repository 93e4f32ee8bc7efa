import { Check, Minus } from 'lucide-react';
import { cx } from '../lib/cx';
import { passwordRules, strength } from './password';

const FILL = ['bg-bad', 'bg-bad', 'bg-mark', 'bg-ok', 'bg-ok'];

/** The rules with their state, and how strong the password looks. */
export function PasswordHints({ password, username }: { password: string; username: string }) {
  const { score, word } = strength(password);
  return (
    <div>
      <div className="flex items-center gap-2">
        <div className="flex flex-1 gap-1" aria-hidden>
          {[1, 2, 3, 4].map((step) => (
            <span
              key={step}
              className={cx(
                'h-1 flex-1 rounded-full',
                password && score >= step ? FILL[score] : 'bg-line-2',
              )}
            />
          ))}
        </div>
        <span className="w-24 text-right text-2xs text-ink-2" role="status">
          {password ? word : ''}
        </span>
      </div>
      <ul className="mt-1.5 grid gap-0.5">
        {passwordRules(password, username).map((rule) => {
          const met = rule.met && password !== '';
          const Icon = met ? Check : Minus;
          return (
            <li
              key={rule.text}
              className={cx('flex items-center gap-1.5 text-2xs', met ? 'text-ok' : 'text-ink-3')}
            >
              <Icon size={12} aria-label={met ? 'Met:' : 'Not yet:'} />
              {rule.text}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
