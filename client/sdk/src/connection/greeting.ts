import type { Post } from './tabMessages.js';

/** Asks the tab that leads how it stands, and notices when there is no answer. */
export interface Greeting {
  readonly greet: () => void;
  /** To be called when the leader was heard, or need not answer any more. */
  readonly end: () => void;
}

/** Milliseconds a leader has to answer. */
const PATIENCE = 3_000;

/** `onSilence` is called once when no answer has come in time. */
export function createGreeting(post: Post, onSilence: () => void): Greeting {
  let silence: ReturnType<typeof setTimeout> | undefined;

  function greet(): void {
    silence ??= setTimeout(() => {
      silence = undefined;
      onSilence();
    }, PATIENCE);
    post({ type: 'hello' });
  }

  function end(): void {
    clearTimeout(silence);
    silence = undefined;
  }

  return { greet, end };
}
