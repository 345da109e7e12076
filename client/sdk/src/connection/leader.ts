import type { ConnectionStatus } from '../state/store.js';
import { createConnection, type Connection, type ConnectionOptions } from './connection.js';
import type { News, Post, TabMessage } from './tabMessages.js';

/** The tab that has the socket: it tells the others what comes, and asks for them. */
export interface Leader {
  readonly connection: Connection;
  hear(message: TabMessage): void;
}

/** `id` tells this leader from those before it. */
export function createLeader(id: string, post: Post, options: ConnectionOptions): Leader {
  let seq = 0;
  let status: ConnectionStatus = 'connecting';

  function tell(news: News): void {
    post({ ...news, leader: id, seq: ++seq });
  }

  function tellStatus(): void {
    tell({ type: 'status', status, position: options.getPosition() });
  }

  const connection = createConnection({
    ...options,
    onEvent(event, args) {
      options.onEvent(event, args);
      tell({ type: 'event', event, args });
    },
    onStatus(next) {
      status = next;
      options.onStatus(next);
      tellStatus();
    },
  });

  function hear(message: TabMessage): void {
    if (message.type === 'hello') tellStatus();
    else if (message.type === 'wake') connection.wake();
    else if (message.type === 'emit') connection.emit(message.event, message.input);
    else if (message.type === 'ask' && message.leader === id) void answer(message);
  }

  async function answer({ from, id, event, input }: Extract<TabMessage, { type: 'ask' }>): Promise<void> {
    post({ type: 'answer', to: from, id, answer: await connection.request(event, input) });
  }

  return { connection, hear };
}
