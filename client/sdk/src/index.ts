export type * from './wire/contract.js';
export { BitworksError, failureOf, type Failure, type FieldError, type Outcome } from './wire/failure.js';
export { readAnswer, type Answer } from './wire/answers.js';
export type { OnBusy, Reply } from './wire/reply.js';
export type { Change } from './wire/changes.js';
export { readEvent } from './wire/events.js';

export { EMPTY, type Loaded, type Read, type ReadKey, type State } from './state/state.js';
export type { StateEvent } from './state/events.js';
export { blockerOf, type Pending, type Write } from './state/writes.js';
export { textOf } from './state/streams.js';
export { reduce } from './state/reduce.js';
export {
  createStore,
  type Connection,
  type ConnectionStatus,
  type Snapshot,
  type Store,
} from './state/store.js';
export {
  createViews,
  type ContextView,
  type ConversationView,
  type MessageView,
  type View,
  type Views,
} from './state/views.js';

export type { DeleteOptions, SendOptions } from './outbox/actions.js';
export type { Submitted } from './outbox/outbox.js';
export type { Model } from './reads/models.js';
export { createClient, type Client, type ClientOptions } from './client.js';

export { createAuth, type Auth, type AuthOptions } from './auth/auth.js';
export { readConfig } from './auth/config.js';
export { createBrowserTokenStore } from './auth/browserTokens.js';
export { createMemoryTokenStore, isTokens, type Tokens, type TokenStore } from './auth/tokens.js';
