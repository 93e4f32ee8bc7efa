/** Tells the other tabs of this browser that the person signed out. */
const channel = new BroadcastChannel('mcpbox-session');

export function tellSignedOut(): void {
  channel.postMessage('signed-out');
}

export function onSignedOutElsewhere(listener: () => void): () => void {
  const on = (event: MessageEvent) => {
    if (event.data === 'signed-out') listener();
  };
  channel.addEventListener('message', on);
  return () => channel.removeEventListener('message', on);
}
