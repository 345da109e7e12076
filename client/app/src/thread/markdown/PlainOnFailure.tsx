import { Component, type ReactNode } from 'react';
import { PlainText } from './PlainText';

interface PlainOnFailureProps {
  readonly text: string;
  readonly children: ReactNode;
}

/** A text that cannot be laid out, as one nested thousands of times, is shown as it came; nothing around it breaks. */
export class PlainOnFailure extends Component<PlainOnFailureProps, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <PlainText text={this.props.text} /> : this.props.children;
  }
}
