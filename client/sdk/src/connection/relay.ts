import type { Answer } from '../wire/answers.js';
import { DISCONNECTED, TIMEOUT, failed } from '../wire/failure.js';
import type { Post } from './tabMessages.js';

/** The requests that another tab sends for this one. */
export interface Relay {
  /** Asks the tab that leads. Never rejects. */
  ask(leader: string, event: string, input: object): Promise<Answer>;
  /** Hands on an answer that came; one that is not waited for any more is dropped. */
  resolve(id: number, answer: Answer): void;
  /** Ends what is under way as cut off. */
  cutOff(): void;
}

/** Milliseconds until a request counts as unanswered: a little more than the leader gives it. */
const ANSWER_TIMEOUT = 17_000;

/** `onTimeout` is called when the leader has not answered in time. */
export function createRelay(from: string, post: Post, onTimeout: () => void): Relay {
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;

  function ask(leader: string, event: string, input: object): Promise<Answer> {
    return new Promise((answered) => {
      const id = ++last;
      const timer = setTimeout(() => {
        resolve(id, failed(TIMEOUT));
        onTimeout();
      }, ANSWER_TIMEOUT);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        answered(answer);
      });
      post({ type: 'ask', leader, from, id, event, input });
    });
  }

  function resolve(id: number, answer: Answer): void {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  }

  function cutOff(): void {
    for (const id of [...waiting.keys()]) resolve(id, failed(DISCONNECTED));
  }

  return { ask, resolve, cutOff };
}
