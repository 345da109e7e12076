/**
 * What a person should see: the records with the writes that are under way layered on top. Every answer keeps its
 * identity until something in it changes, rows included, so a reader may compare by reference.
 */

import type { Context, Conversation, Message } from '../wire/contract.js';
import { sameElements, steady } from './immutable.js';
import { WHOLE } from './records.js';
import type { Loaded, State } from './state.js';
import { within } from './threads.js';
import { isFailed, isHiding, isOfContext, isToCome, targetOf, valuesOf, type Pending } from './writes.js';

/** A record as it should look. `pending` is the first write to it that failed, else the latest that waits. */
export interface View<T> {
  readonly record: T;
  readonly pending: Pending | undefined;
}
/** A conversation as it should look. */
export type ConversationView = View<Conversation>;
/** A message as it should look. */
export type MessageView = View<Message>;
/** A context as it should look. */
export type ContextView = View<Context>;

/** What should be seen of a state; the same answer for the same input. */
export interface Views {
  /** The latest first. */
  conversations(state: State): readonly ConversationView[];
  conversation(state: State, id: string): ConversationView | undefined;
  /** Undefined where there is none, as far as is known. */
  context(state: State, conversationId: string): ContextView | undefined;
  /** What is loaded of a conversation, in order of writing; what is not confirmed comes last, where the end is held. */
  messages(state: State, conversationId: string): readonly MessageView[];
}

/** One for each reader: it remembers what it answered last. */
export function createViews(): Views {
  const viewConversation = createViewer<Conversation>();
  const viewMessage = createViewer<Message>();
  const viewContext = createViewer<Context>();
  const draftContext = remembered(contextOf);
  const draftConversation = remembered(conversationOf);
  const draftMessage = remembered(messageOf);
  const conversations = memo((held: State['conversations'], pending: State['pending']) => {
    const drafts = draftsOf(pending, held, draftConversation);
    return viewed([...held.values(), ...drafts], pending, viewConversation).sort(byLatest);
  });
  const messages = new Map<string, ReturnType<typeof createMessages>>();

  function createMessages(conversationId: string) {
    return memo((rows: readonly Message[], loaded: Loaded | undefined, pending: State['pending']) => {
      const held = new Map(rows.map((row) => [row.id, row]));
      const drafts = draftsOf(pending, held, draftMessage).filter(
        (row) => row.conversation_id === conversationId,
      );
      return viewed([...within(rows, loaded), ...(loaded?.newer ? [] : drafts)], pending, viewMessage);
    });
  }

  function messagesOf(conversationId: string) {
    const known = messages.get(conversationId) ?? createMessages(conversationId);
    messages.set(conversationId, known);
    return known;
  }

  return {
    conversations: (state) => conversations(state.conversations, state.pending),
    conversation: (state, id) =>
      conversations(state.conversations, state.pending).find(({ record }) => record.id === id),
    context(state, id) {
      const writes = state.pending.filter(({ write }) => targetOf(write) === `context/${id}`);
      const row = state.contexts.get(id) ?? writes.map(draftContext)[0];
      return row && viewContext(row, writes);
    },
    messages: (state, id) =>
      messagesOf(id)(
        state.messages.get(id) ?? NONE,
        // Before its creation is confirmed it holds what was written here, and nothing else.
        state.loaded.get(id) ?? (isToCome(state.pending, id) ? WHOLE : undefined),
        state.pending,
      ),
  };
}

/** Always the same, so that it is steady. */
const NONE: readonly never[] = [];

function draftsOf<T>(
  pending: readonly Pending[],
  held: ReadonlyMap<string, T>,
  draft: (one: Pending) => T | undefined,
): T[] {
  return pending
    .filter(({ write }) => !held.has(targetOf(write)))
    .map(draft)
    .filter((row) => row !== undefined);
}

function viewed<T extends { readonly id: string }>(
  rows: readonly T[],
  pending: readonly Pending[],
  view: (row: T, writes: readonly Pending[]) => View<T>,
): View<T>[] {
  const writes = byTarget(pending);
  return rows
    .filter((row) => !writes.get(row.id)?.some(isHiding))
    .map((row) => view(row, writes.get(row.id) ?? NONE));
}

function byTarget(pending: readonly Pending[]): ReadonlyMap<string, readonly Pending[]> {
  const writes = new Map<string, Pending[]>();
  for (const one of pending) {
    const target = targetOf(one.write);
    writes.set(target, [...(writes.get(target) ?? []), one]);
  }
  return writes;
}

/** Remembers per record what it looked like, so that a row whose record and writes are the same stays the same. */
function createViewer<T extends object>(): (row: T, writes: readonly Pending[]) => View<T> {
  const known = new WeakMap<T, { writes: readonly Pending[]; view: View<T> }>();
  return (row, writes) => {
    const before = known.get(row);
    if (before && sameElements(before.writes, writes)) return before.view;
    const view = { record: writes.reduce(written, row), pending: writes.find(isFailed) ?? writes.at(-1) };
    known.set(row, { writes, view });
    return view;
  };
}

function written<T extends object>(row: T, { write, at }: Pending): T {
  if (write.event === 'conversation:update') {
    const { title } = write.input;
    return title === undefined ? row : { ...row, title };
  }
  if (isOfContext(write)) return { ...row, ...valuesOf(write) };
  if (write.event === 'message:update') {
    const { content } = write.input;
    return content === undefined ? row : { ...row, content, edited_at: at };
  }
  return row;
}

function conversationOf({ write, at }: Pending): Conversation | undefined {
  if (write.event !== 'conversation:create') return undefined;
  const { id, title, metadata } = write.input;
  const times = { created_at: at, updated_at: at };
  return { ...UNWRITTEN, ...times, id, user_id: '', title: title ?? null, metadata: metadata ?? {} };
}

function messageOf({ write, at }: Pending): Message | undefined {
  if (write.event !== 'message:create') return undefined;
  const { id, conversation_id, role, content, metadata } = write.input;
  const said = { id, conversation_id, role, content, metadata: metadata ?? {}, timestamp: at };
  return { ...UNWRITTEN, ...said, status: 'complete', token_count: null, edited_at: null };
}

function contextOf({ write }: Pending): Context | undefined {
  if (!isOfContext(write)) return undefined;
  const { conversation_id } = write.input;
  return { ...BLANK, conversation_id, ...valuesOf(write) };
}

const BLANK = { id: '', context_window: null, parameters: null, position: 0, revision: 0 };

/** After everything that has a place already. */
const UNWRITTEN = { position: Number.MAX_SAFE_INTEGER, revision: 0 };

function byLatest({ record: a }: ConversationView, { record: b }: ConversationView): number {
  if (a.updated_at !== b.updated_at) return a.updated_at > b.updated_at ? -1 : 1;
  return b.position - a.position;
}

function remembered<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const known = new WeakMap<K, { value: V }>();
  return (key) => {
    const entry = known.get(key) ?? { value: make(key) };
    known.set(key, entry);
    return entry.value;
  };
}

/** Answers again what it answered last, while what it is asked is the same or comes to the same. */
function memo<A extends readonly unknown[], T>(
  make: (...input: A) => readonly T[],
): (...input: A) => readonly T[] {
  let last: { input: A; output: readonly T[] } | undefined;
  return (...input) => {
    if (last && sameElements(last.input, input)) return last.output;
    last = { input, output: steady(last?.output, make(...input)) };
    return last.output;
  };
}
