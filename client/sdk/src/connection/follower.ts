import type { ConnectionStatus, Position } from '../state/store.js';
import type { Answer, Request } from '../wire/answers.js';
import { isGone, readPage } from '../wire/changesPage.js';
import { DISCONNECTED, TIMEOUT, failed } from '../wire/failure.js';
import type { ConnectionOptions } from './connection.js';
import type { FromLeader, Post, TabMessage } from './tabMessages.js';

interface FollowerOptions extends Pick<ConnectionOptions, 'getPosition' | 'onEvent' | 'onStatus'> {
  readonly id: string;
  readonly post: Post;
  /** Called when the leader has not answered for a while. */
  readonly onSilence: () => void;
}

/**
 * A tab that hears of everything from the one that has the socket. Whenever it has begun to listen, or has missed
 * something, it asks for what changed after its own cursor, and only then goes on with what it hears.
 */
export interface Follower {
  hear(message: TabMessage): void;
  /** Asks the leader to say how it stands. */
  greet(): void;
  readonly isConnected: boolean;
  readonly request: Request;
  /** Ends what is under way as cut off: there is another leader, or this tab stops. */
  stop(): void;
}

/** Milliseconds a leader has to answer a greeting. */
const PATIENCE = 3_000;
/** Milliseconds until a request counts as unanswered: a little more than the leader gives it. */
const ANSWER_TIMEOUT = 17_000;

export function createFollower({ id, post, onSilence, ...options }: FollowerOptions): Follower {
  const asked = new Map<number, (answer: Answer) => void>();
  let questions = 0;
  let leader: string | undefined;
  let heard = 0;
  let status: ConnectionStatus = 'connecting';
  /** What comes while this tab catches up; undefined while nothing is to be heard, or nothing missing. */
  let waiting: FromLeader[] | undefined;
  let isCurrent = false;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function hear(message: TabMessage): void {
    if (message.type === 'answer' && message.to === id) resolve(message.id, message.answer);
    else if (message.type === 'status' || message.type === 'event') follow(message);
  }

  function follow(message: FromLeader): void {
    clearTimeout(silence);
    silence = undefined;
    if (message.leader !== leader) change(message);
    const isNext = message.seq === heard + 1;
    heard = message.seq;
    if (!isNext) miss();
    if (message.type === 'status') stand(message.status, message.position);
    else if (waiting) waiting.push(message);
    else if (isCurrent) options.onEvent(message.event, message.args);
  }

  /** There is another leader: what it tells is taken up from where it begins to be heard. */
  function change({ leader: next, seq, type }: FromLeader): void {
    cutOff();
    leader = next;
    heard = seq - 1;
    isCurrent = false;
    waiting = undefined;
    if (type === 'event') greet();
  }

  /** Something was said that this tab did not hear. */
  function miss(): void {
    isCurrent = false;
    waiting = undefined;
    greet();
  }

  function stand(next: ConnectionStatus, position: Position): void {
    status = next;
    if (!isConnected()) cutOff();
    if (next === 'live' && !isCurrent) void catchUp(position);
    else if (!waiting) options.onStatus(next);
  }

  async function catchUp(position: Position): Promise<void> {
    if (waiting) return;
    const mine: FromLeader[] = (waiting = []);
    options.onStatus('catching-up');
    const isDone = await readMissed(position);
    // Meanwhile there may be another leader, or more may have been missed.
    if (waiting !== mine) return;
    waiting = undefined;
    if (!isDone) {
      setTimeout(greet, PAUSE);
      return;
    }
    isCurrent = true;
    for (const message of mine) if (message.type === 'event') options.onEvent(message.event, message.args);
    options.onStatus(status);
  }

  /** Whether everything up to the present has been read. */
  async function readMissed({ revision, cursor }: Position): Promise<boolean> {
    if (cursor === undefined) return false;
    for (;;) {
      const since = options.getPosition().cursor;
      if (since === undefined) {
        options.onEvent('synced', [{ revision }, cursor]);
        return true;
      }
      const answer = await request('sync', { since });
      if (isGone(answer)) options.onEvent('sync:reset', [{ reason: 'cursor_gone', cursor }]);
      const page = readPage(answer);
      if (!page) return isGone(answer);
      for (const { event, data } of page.changes) options.onEvent(event, [data, page.cursor]);
      if (!page.more) return true;
    }
  }

  function request(event: string, input: object): Promise<Answer> {
    const to = leader;
    if (to === undefined || !isConnected()) return Promise.resolve(failed(DISCONNECTED));
    return new Promise((answered) => {
      const question = ++questions;
      const timer = setTimeout(() => {
        resolve(question, failed(TIMEOUT));
        greet();
      }, ANSWER_TIMEOUT);
      asked.set(question, (answer) => {
        clearTimeout(timer);
        answered(answer);
      });
      post({ type: 'ask', leader: to, from: id, id: question, event, input });
    });
  }

  function resolve(question: number, answer: Answer): void {
    asked.get(question)?.(answer);
    asked.delete(question);
  }

  function cutOff(): void {
    for (const question of [...asked.keys()]) resolve(question, failed(DISCONNECTED));
  }

  function greet(): void {
    silence ??= setTimeout(() => {
      silence = undefined;
      onSilence();
    }, PATIENCE);
    post({ type: 'hello' });
  }

  function stop(): void {
    clearTimeout(silence);
    silence = undefined;
    cutOff();
    leader = undefined;
    isCurrent = false;
    waiting = undefined;
    status = 'connecting';
  }

  function isConnected(): boolean {
    return status === 'live' || status === 'catching-up';
  }

  return {
    hear,
    greet,
    request,
    stop,
    get isConnected() {
      return isConnected();
    },
  };
}

/** Milliseconds before what could not be read is tried again. */
const PAUSE = 1_000;
