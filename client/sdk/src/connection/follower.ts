import type { ConnectionStatus, Position } from '../state/store.js';
import type { Answer, Request } from '../wire/answers.js';
import { isGone, readPage } from '../wire/changesPage.js';
import { DISCONNECTED, failed } from '../wire/failure.js';
import type { Connection, ConnectionOptions } from './connection.js';
import { createGreeting } from './greeting.js';
import { createRelay } from './relay.js';
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
export interface Follower extends Pick<Connection, 'request' | 'emit' | 'wake' | 'isConnected'> {
  hear(message: TabMessage): void;
  /** Asks the leader to say how it stands. */
  greet(): void;
  /** Ends what is under way as cut off: there is another leader, or this tab stops. */
  stop(): void;
}

/** Milliseconds before what could not be read is tried again. */
const PAUSE = 1_000;

/** Silent until it is greeted or hears something. */
export function createFollower({ id, post, onSilence, ...options }: FollowerOptions): Follower {
  const { greet, end } = createGreeting(post, onSilence);
  const relay = createRelay(id, post, greet);
  let leader: string | undefined;
  let heard = 0;
  let status: ConnectionStatus = 'connecting';
  /** What comes while this tab catches up; undefined while nothing is to be heard, or nothing missing. */
  let waiting: FromLeader[] | undefined;
  let isCurrent = false;

  function hear(message: TabMessage): void {
    if (message.type === 'answer' && message.to === id) relay.resolve(message.id, message.answer);
    else if (message.type === 'status' || message.type === 'event') follow(message);
  }

  function follow(message: FromLeader): void {
    end();
    if (message.leader !== leader) change(message);
    if (message.seq !== ++heard) {
      heard = message.seq;
      lose();
      greet();
    }
    if (message.type === 'status') stand(message.status, message.position);
    else if (waiting) waiting.push(message);
    else if (isCurrent) options.onEvent(message.event, message.args);
  }

  /** There is another leader: what it tells is taken up from where it begins to be heard. */
  function change({ leader: next, seq, type }: FromLeader): void {
    relay.cutOff();
    lose();
    leader = next;
    heard = seq - 1;
    if (type === 'event') greet();
  }

  /** What comes next does not follow what was heard. */
  function lose(): void {
    isCurrent = false;
    waiting = undefined;
  }

  function stand(next: ConnectionStatus, position: Position): void {
    status = next;
    if (!isConnected()) relay.cutOff();
    if (next === 'live' && !isCurrent) void catchUp(position);
    else if (!waiting) options.onStatus(next);
  }

  async function catchUp(position: Position): Promise<void> {
    if (waiting) return;
    const mine: FromLeader[] = (waiting = []);
    options.onStatus('catching-up');
    const isDone = await readMissed(options, request, position);
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

  function request(event: string, input: object): Promise<Answer> {
    return leader !== undefined && isConnected()
      ? relay.ask(leader, event, input)
      : Promise.resolve(failed(DISCONNECTED));
  }

  function stop(): void {
    end();
    relay.cutOff();
    lose();
    leader = undefined;
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
    emit: (event, input) => post({ type: 'emit', event, input }),
    wake() {
      post({ type: 'wake' });
      greet();
    },
    get isConnected() {
      return isConnected();
    },
  };
}

/** Hands on what changed after the own cursor. Gives whether that was everything up to the present. */
async function readMissed(
  { getPosition, onEvent }: Pick<ConnectionOptions, 'getPosition' | 'onEvent'>,
  request: Request,
  { revision, cursor }: Position,
): Promise<boolean> {
  if (cursor === undefined) return false;
  for (;;) {
    const since = getPosition().cursor;
    if (since === undefined) {
      onEvent('synced', [{ revision }, cursor]);
      return true;
    }
    const answer = await request('sync', { since });
    if (isGone(answer)) onEvent('sync:reset', [{ reason: 'cursor_gone', cursor }]);
    const page = readPage(answer);
    if (!page) return isGone(answer);
    for (const { event, data } of page.changes) onEvent(event, [data, page.cursor]);
    if (!page.more) return true;
  }
}
