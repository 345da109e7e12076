import type { DroppedRun, Message, Window } from '@bitworks/sdk';

export type WindowMark = 'in' | DroppedRun['reason'];

/** Where the window begins: everything up to `position` is out, but for what is always in. */
export interface WindowEdge {
  readonly position: number;
  readonly reason: DroppedRun['reason'];
}

/** Which messages of a conversation are in its window, and why the others are not. */
export interface WindowMarks {
  readonly edge: WindowEdge | undefined;
  readonly summary: string | undefined;
  /** Undefined: not known, as for what was written since the window was read. */
  readonly markOf: (message: Pick<Message, 'id' | 'position'>) => WindowMark | undefined;
}

export const NO_MARKS: WindowMarks = { edge: undefined, summary: undefined, markOf: () => undefined };

export function marksOf({ messages, dropped }: Window): WindowMarks {
  const ids = new Set(messages.map(({ id }) => id));
  return {
    edge: edgeOf(dropped),
    summary: messages.find(({ reason }) => reason === 'summary')?.content,
    markOf({ id, position }) {
      if (ids.has(id)) return 'in';
      return dropped.find((run) => run.from_position <= position && position <= run.to_position)?.reason;
    },
  };
}

function edgeOf(dropped: readonly DroppedRun[]): WindowEdge | undefined {
  const last = dropped.reduce<DroppedRun | undefined>(
    (latest, run) => (latest && latest.to_position >= run.to_position ? latest : run),
    undefined,
  );
  return last && { position: last.to_position, reason: last.reason };
}
