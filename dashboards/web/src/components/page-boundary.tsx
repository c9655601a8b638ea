import { Component, type ReactNode } from 'react';
import { PartMissing } from './load-part.ts';
import { Failure } from './states.tsx';

/** Keeps the rest when a page or a part of it breaks: it says what happened and offers to try again. */
export class PageBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: undefined as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    const retry = () =>
      error instanceof PartMissing ? window.location.reload() : this.setState({ error: undefined });
    return <Failure error={error} retry={retry} />;
  }
}
