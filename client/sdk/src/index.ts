export { createAuth, type Auth, type AuthOptions } from './auth.js';
export type { Change } from './changes.js';
export {
  createClient,
  type Client,
  type ClientOptions,
  type DeleteOptions,
  type SendOptions,
} from './client.js';
export type * from './contract.js';
export { BitworksError, failureOf, type Failure, type FieldError, type Outcome } from './failure.js';
export { blockerOf } from './writes.js';
export type { Model } from './models.js';
export type { Submitted } from './outbox.js';
export { reduce } from './reduce.js';
export type { OnBusy, Reply } from './replies.js';
export { EMPTY, type Loaded, type Read, type ReadKey, type State, type StateEvent } from './state.js';
export { createStore, type Connection, type ConnectionStatus, type Snapshot, type Store } from './store.js';
export { textOf } from './streams.js';
export { createMemoryTokenStore, isTokens, type Tokens, type TokenStore } from './tokens.js';
export {
  createViews,
  type ContextView,
  type ConversationView,
  type MessageView,
  type View,
  type Views,
} from './views.js';
export { readAnswer, readEvent, type Answer } from './wire.js';
export type { Pending, Write } from './writes.js';
