/** What is asked of the server for each sort of key, and what its answers mean. */

import type { ReadEvent } from '../state/events.js';
import type { Loaded, ReadKey, State } from '../state/state.js';
import type { Answer } from '../wire/answers.js';
import type { ConversationList, MessageList } from '../wire/contract.js';
import { BAD_ANSWER, isAbsence } from '../wire/failure.js';
import { isJson, isListOf, isText, type Json } from '../wire/json.js';
import { isContext, isConversation, isMessage } from '../wire/kinds.js';

/** Conversations of a page. */
export const CONVERSATIONS_PAGE = 50;
/** Messages of a page. */
export const MESSAGES_PAGE = 50;
/** Conversations that a search gives at most: so many ask for more words, not for a next page. */
const FOUND = 200;

/** How one sort of key is read. */
interface Question {
  readonly event: string;
  /** The input that asks for the only page, or for the first. */
  readonly input: (id: string) => object;
  /**
   * What the data of an answer means: undefined for what is not as the contract says. Data that is undefined says that
   * there is no such thing, which is an answer too, except to the question for its parts.
   */
  readonly read: (id: string, data: unknown, next: unknown) => ReadEvent | undefined;
}

const QUESTIONS = {
  conversations: {
    event: 'conversation:list',
    input: () => ({ limit: CONVERSATIONS_PAGE }),
    read: readConversations,
  },
  titles: {
    event: 'conversation:list',
    input: (title) => ({ limit: FOUND, title }),
    read: readConversations,
  },
  messages: {
    event: 'message:list',
    input: (conversation_id) => ({ conversation_id, limit: MESSAGES_PAGE }),
    read: readMessages,
  },
  conversation: {
    event: 'conversation:get',
    input: (id) => ({ id }),
    read: (id, row) =>
      row === undefined || isConversation(row) ? { type: 'conversation-read', id, row } : undefined,
  },
  context: {
    event: 'context:get',
    input: (conversation_id) => ({ conversation_id }),
    read: (conversationId, row) =>
      row === undefined || isContext(row) ? { type: 'context-read', conversationId, row } : undefined,
  },
} satisfies Readonly<Record<string, Question>>;

function readConversations(words: string, rows: unknown, next: unknown): ReadEvent | undefined {
  if (!isListOf(rows, isConversation)) return undefined;
  return { type: 'conversations-read', words, rows, next: isJson(next) ? next : undefined };
}

function readMessages(conversationId: string, rows: unknown, next: unknown): ReadEvent | undefined {
  if (!isListOf(rows, isMessage)) return undefined;
  const hasMore = isJson(next) && isText(next['conversation_id']);
  return {
    type: 'messages-read',
    conversationId,
    rows,
    next: hasMore ? (next as Json & MessageList) : undefined,
  };
}

/** The request that reads a key: its page after what is held, on the side of `newer` where that is given. */
export function questionOf(state: State, key: ReadKey, newer: Loaded['newer']): [string, object] {
  const question = of(key);
  return [question.event, newer ?? nextOf(state, key) ?? question.input(idOf(key))];
}

/** What an answer to `questionOf` means. */
export function readingOf(key: ReadKey, answer: Answer): ReadEvent {
  const reading = of(key).read(idOf(key), dataOf(key, answer), answer.ok && answer.next);
  return reading ?? { type: 'read-failed', key, failure: answer.ok ? BAD_ANSWER : answer.failure };
}

/** Undefined for what does not exist, and null for whatever brings no data for another reason. */
function dataOf(key: ReadKey, answer: Answer): unknown {
  if (answer.ok) return answer.data ?? null;
  const { failure } = answer;
  // What is no id at all, as in a mistyped address, names nothing.
  const isAbsent = isAbsence(failure) || (failure.code === 'invalid_input' && isOf('conversation', key));
  return isAbsent ? undefined : null;
}

/** The input for the page after what is held; undefined when there is none. */
export function nextOf(state: State, key: ReadKey): ConversationList | MessageList | undefined {
  if (key === 'conversations') return state.nextConversations;
  return isOf('messages', key) ? state.loaded.get(idOf(key))?.next : undefined;
}

/** Whether a key is of this sort. */
export function isOf(sort: string, key: ReadKey): boolean {
  return key.startsWith(`${sort}/`);
}

/** What a key is about: an id, or the words of a search; empty for the list of conversations. */
export function idOf(key: ReadKey): string {
  return key.slice(key.indexOf('/') + 1 || key.length);
}

function of(key: ReadKey): Question {
  const sort = key.split('/', 1)[0] as keyof typeof QUESTIONS;
  return QUESTIONS[sort];
}
