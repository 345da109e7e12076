import type { DroppedRun, Window } from '@bitworks/sdk';

/** What a message costs beside its text, as the server counts. */
const OVERHEAD = 4;

export const PARTS = ['system', 'pinned', 'summary', 'recent', 'free', 'reserved'] as const;
export type PartName = (typeof PARTS)[number];

export interface Part {
  readonly name: PartName;
  readonly tokens: number;
  /** How many messages; undefined for what is no message. */
  readonly count: number | undefined;
}

/** How the window is filled: the parts add up to `totalOf` it. */
export function partsOf(window: Window): Part[] {
  return PARTS.map((name) => {
    if (name === 'free') return room(name, Math.max(0, window.budget - window.token_count));
    if (name === 'reserved') return room(name, window.reserved);
    const messages = window.messages.filter(({ reason }) => reason === name);
    const tokens = messages.reduce((sum, { token_count }) => sum + token_count + OVERHEAD, 0);
    return { name, tokens, count: messages.length };
  });
}

function room(name: PartName, tokens: number): Part {
  return { name, tokens, count: undefined };
}

/** Tokens of the whole window, the room for the answer included. */
export function totalOf({ budget, reserved }: Window): number {
  return budget + reserved;
}

/** Tokens and messages that fell out, all reasons together. */
export function droppedOf(window: Window): { readonly count: number; readonly tokens: number } {
  const sum = (number: (run: DroppedRun) => number) =>
    window.dropped.reduce((total, run) => total + number(run), 0);
  return { count: sum(({ count }) => count), tokens: sum((run) => run.token_count + OVERHEAD * run.count) };
}
