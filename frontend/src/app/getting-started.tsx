import { useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { configQuery } from '../api/system';
import { CopyButton } from '../ui/copy-button';
import { Segmented } from '../ui/segmented';
import { Bone, Loaded } from '../ui/states';
import { snippets } from './snippets';

const ASK =
  'With mcpbox, write a tool that counts the words of a text, try it, and ask me to approve it.';

/** Instead of the queue while there is no tool at all. */
export default function GettingStarted() {
  const config = useQuery(configQuery);
  return (
    <section aria-labelledby="start" className="border-b border-line px-4 py-5 md:px-7">
      <h2 id="start" className="mb-4 font-semibold">
        Three steps
      </h2>
      <ol className="grid gap-6">
        <Step n={1} title="Connect a client">
          <Loaded
            query={config}
            what="The address could not be read."
            skeleton={<Bone className="h-20 w-full max-w-[560px]" />}
          >
            {({ gateway_url, mcp_url, auth_required }) => (
              <>
                <Clients url={gateway_url || mcp_url} />
                {auth_required && (
                  <p className="mt-2 text-xs text-ink-3">This endpoint asks clients for a token.</p>
                )}
              </>
            )}
          </Loaded>
        </Step>
        <Step n={2} title="Ask it for a tool">
          <Snippet text={ASK} />
        </Step>
        <Step n={3} title="Approve it here">
          <p className="text-ink-2">
            It appears under Review. You read it, try it with your own arguments, and decide; then
            the client can call it.
          </p>
        </Step>
      </ol>
    </section>
  );
}

function Step({ n, title, children }: { n: number; title: string; children: ReactNode }) {
  return (
    <li className="flex gap-3">
      <span
        aria-hidden
        className="num grid size-6 shrink-0 place-items-center rounded-full bg-ink text-xs font-semibold text-canvas"
      >
        {n}
      </span>
      <div className="min-w-0 flex-1">
        <h3 className="mb-2 pt-0.5 font-medium">{title}</h3>
        {children}
      </div>
    </li>
  );
}

function Clients({ url }: { url: string }) {
  const all = snippets(url);
  const [key, setKey] = useState('claude-code');
  const chosen = all.find((snippet) => snippet.key === key) ?? all[0];
  return (
    <div className="grid gap-2">
      <div className="scroll max-w-full overflow-x-auto p-0.5">
        <Segmented
          label="Client"
          value={key}
          onChange={setKey}
          items={all.map((snippet) => [snippet.key, snippet.client] as const)}
        />
      </div>
      {chosen && (
        <>
          <p className="text-xs text-ink-3">{chosen.where}</p>
          <Snippet text={chosen.text} />
        </>
      )}
    </div>
  );
}

function Snippet({ text }: { text: string }) {
  return (
    <div className="flex max-w-[640px] items-start gap-2 rounded-md border border-line bg-sunken p-2">
      <pre translate="no" className="min-w-0 flex-1 py-1 text-xs break-words whitespace-pre-wrap">
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
