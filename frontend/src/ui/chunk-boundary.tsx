import { Component, type ReactNode } from 'react';
import { Button } from './button';

/** Around a pane that loads its code late: it fails alone, the others work. */
export class ChunkBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert" className="grid justify-items-start gap-3 p-5">
        <p className="font-medium">This part of the page could not be loaded.</p>
        <Button onClick={() => location.reload()}>Load the page again</Button>
      </div>
    );
  }
}
