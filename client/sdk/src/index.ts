export { createAuth, type Auth, type AuthOptions } from './auth/auth.js';
export type { Change } from './wire/changes.js';
export {
  createClient,
  type Client,
  type ClientOptions,
  type DeleteOptions,
  type SendOptions,
} from './client.js';
export type * from './wire/contract.js';
export { BitworksError, failureOf, type Failure, type FieldError, type Outcome } from './wire/failure.js';
export { blockerOf } from './state/writes.js';
export type { Model } from './reads/models.js';
export type { Submitted } from './outbox/outbox.js';
export { reduce } from './state/reduce.js';
export { EMPTY, type Loaded, type Read, type ReadKey, type State } from './state/state.js';
export {
  createStore,
  type Connection,
  type ConnectionStatus,
  type Snapshot,
  type Store,
} from './state/store.js';
export { textOf } from './state/streams.js';
export { createMemoryTokenStore, isTokens, type Tokens, type TokenStore } from './auth/tokens.js';
export {
  createViews,
  type ContextView,
  type ConversationView,
  type MessageView,
  type View,
  type Views,
} from './state/views.js';
export type { Pending, Write } from './state/writes.js';
export type { OnBusy, Reply } from './wire/reply.js';
export type { StateEvent } from './state/events.js';
export { readAnswer, type Answer } from './wire/answers.js';
export { readEvent } from './wire/events.js';
