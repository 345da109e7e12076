import { useClient, useSnapshot } from '@bitworks/react';
import { textOf, type MessageView, type State } from '@bitworks/sdk';
import { useEffect, useState } from 'react';

const NONE: readonly MessageView[] = [];

/**
 * The loaded messages of a conversation with their text so far, live; none while there is no conversation. A message
 * keeps its identity until it changes, so that a word converts only the message that grows.
 */
export function useThread(threadId: string | undefined): readonly MessageView[] {
  const client = useClient();
  const [withText] = useState(createGrower);
  useEffect(
    () => (threadId === undefined ? undefined : client.watch(`messages/${threadId}`)),
    [client, threadId],
  );
  return useSnapshot(({ state }, { views }) =>
    threadId === undefined ? NONE : withText(views.messages(state, threadId), state),
  );
}

/** Whether the first page of a conversation is still to come. */
export function useIsLoading(threadId: string | undefined): boolean {
  return useSnapshot(({ state }, { views }) => {
    if (threadId === undefined || state.loaded.has(threadId)) return false;
    const hasFailed = state.reads.get(`messages/${threadId}`)?.status === 'failed';
    return !hasFailed && views.messages(state, threadId).length === 0;
  });
}

type Grower = (rows: readonly MessageView[], state: State) => readonly MessageView[];

/** Answers again what it answered last while neither the rows nor their text have changed. */
function createGrower(): Grower {
  let last = { rows: NONE, streams: new Map() as State['streams'], grown: NONE };
  return (rows, state) => {
    const { streams } = state;
    if (last.rows === rows && last.streams === streams) return last.grown;
    const before = new Map(last.grown.map((view) => [view.record.id, view]));
    const grown = rows.map((view) => grownView(view, before.get(view.record.id), state));
    const isSame = last.rows === rows && grown.every((view, at) => view === last.grown[at]);
    last = { rows, streams, grown: isSame ? last.grown : grown };
    return last.grown;
  };
}

function grownView(view: MessageView, before: MessageView | undefined, state: State): MessageView {
  const content = textOf(state, view.record);
  if (content === view.record.content) return view;
  if (before?.record.content === content && before.record.revision === view.record.revision) return before;
  return { ...view, record: { ...view.record, content } };
}
