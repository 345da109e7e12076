import type { WriteEvent } from '../state/events.js';
import type { ConnectionStatus, Position } from '../state/store.js';
import type { Answer } from '../wire/answers.js';

/** What the tab that has the socket has to tell. */
export type News =
  | { readonly type: 'status'; readonly status: ConnectionStatus; readonly position: Position }
  | { readonly type: 'event'; readonly event: string; readonly args: readonly unknown[] };

/** News as they go out: numbered, so that a tab that was asleep notices what it did not hear. */
export type FromLeader = News & { readonly leader: string; readonly seq: number };

/** What the tabs of one user in one browser tell each other. */
export type TabMessage =
  | FromLeader
  | { readonly type: 'hello' | 'wake' }
  | {
      readonly type: 'ask';
      readonly leader: string;
      readonly from: string;
      readonly id: number;
      readonly event: string;
      readonly input: object;
    }
  | { readonly type: 'answer'; readonly to: string; readonly id: number; readonly answer: Answer }
  | { readonly type: 'emit'; readonly event: string; readonly input: object }
  | { readonly type: 'write'; readonly event: WriteEvent };

/** Tells the other tabs; this one does not hear it. */
export type Post = (message: TabMessage) => void;
