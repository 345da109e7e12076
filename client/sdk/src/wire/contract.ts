// Made by `npm run generate` from docs/contract.schema.json: change that, not this.

export interface Contract {
  Appended?: Appended;
  AskedMessage?: AskedMessage;
  ByConversation?: ByConversation;
  ById?: ById;
  Change?: Change;
  ChangesPage?: ChangesPage;
  ChangesSince?: ChangesSince;
  ChangesWait?: ChangesWait;
  Config?: Config;
  ConnectAuth?: ConnectAuth;
  Context?: Context;
  ContextCreate?: ContextCreate;
  ContextUpdate?: ContextUpdate;
  Conversation?: Conversation;
  ConversationCreate?: ConversationCreate;
  ConversationList?: ConversationList;
  ConversationUpdate?: ConversationUpdate;
  Credentials?: Credentials;
  DeletedContext?: DeletedContext;
  DeletedConversation?: DeletedConversation;
  DeletedMessage?: DeletedMessage;
  DroppedRun?: DroppedRun;
  KnownParameters?: KnownParameters;
  KnownWindow?: KnownWindow;
  Message?: Message;
  MessageAppend?: MessageAppend;
  MessageCreate?: MessageCreate;
  MessageFinish?: MessageFinish;
  MessageList?: MessageList;
  MessageReply?: MessageReply;
  MessageUpdate?: MessageUpdate;
  Model?: Model;
  PasswordChange?: PasswordChange;
  PasswordProof?: PasswordProof;
  Refresh?: Refresh;
  Registration?: Registration;
  Renewal?: Renewal;
  Reply?: Reply;
  Session?: Session;
  SignedIn?: SignedIn;
  Summary?: Summary;
  User?: User;
  Verified?: Verified;
  Window?: Window;
  WindowMessage?: WindowMessage;
  WindowRead?: WindowRead;
}
/**
 * In UTF-16 code units: the length of the message, and how much of it is known to be committed.
 */
export interface Appended {
  length: number;
  durable: number;
}
/**
 * A question with its reply, which is null if the reply was deleted since.
 */
export interface AskedMessage {
  id: string;
  conversation_id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  content: string;
  status: 'complete' | 'streaming' | 'interrupted' | 'stopped' | 'failed';
  metadata: {
    [k: string]: unknown;
  };
  token_count: number | null;
  timestamp: string;
  edited_at: string | null;
  position: number;
  revision: number;
  reply: Reply | null;
}
/**
 * A reply that was requested. It is `queued` while another one is under way in its conversation.
 *
 * Once it has begun, `state` is the status of its message.
 */
export interface Reply {
  message_id: string;
  state: 'queued' | ('complete' | 'streaming' | 'interrupted' | 'stopped' | 'failed');
}
/**
 * What belongs to one conversation, by the conversation's id.
 */
export interface ByConversation {
  /**
   * the id of the conversation
   */
  conversation_id: string;
}
/**
 * One row, by its id.
 */
export interface ById {
  /**
   * the id of the row
   */
  id: string;
}
/**
 * One row at its present state: its record, or the tombstone of its deletion.
 */
export interface Change {
  revision: number;
  event:
    | 'conversation:created'
    | 'conversation:updated'
    | 'conversation:deleted'
    | 'message:created'
    | 'message:updated'
    | 'message:deleted'
    | 'context:created'
    | 'context:updated'
    | 'context:deleted';
  data: Conversation | DeletedConversation | Message | DeletedMessage | Context | DeletedContext;
}
/**
 * A conversation. `updated_at` is the latest of its own changes and of its messages.
 */
export interface Conversation {
  id: string;
  user_id: string;
  title: string | null;
  metadata: {
    [k: string]: unknown;
  };
  created_at: string;
  updated_at: string;
  position: number;
  revision: number;
}
/**
 * The tombstone of a conversation. Its messages and context are deleted with it, without changes of their own.
 */
export interface DeletedConversation {
  id: string;
  revision: number;
}
/**
 * One turn of a conversation. `token_count` is in the vocabulary named by `metadata.vocabulary`.
 *
 * It is null while the message streams, and for messages that were written before messages were counted.
 */
export interface Message {
  id: string;
  conversation_id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  content: string;
  status: 'complete' | 'streaming' | 'interrupted' | 'stopped' | 'failed';
  metadata: {
    [k: string]: unknown;
  };
  token_count: number | null;
  timestamp: string;
  edited_at: string | null;
  position: number;
  revision: number;
}
/**
 * The tombstone of a message. Receivers raise the conversation's `updated_at` to `timestamp`.
 */
export interface DeletedMessage {
  id: string;
  conversation_id: string;
  timestamp: string;
  revision: number;
}
/**
 * How a conversation is given to a model: how much of it, and with which parameters.
 *
 * `summary` is kept by the server, for the strategy `summary`.
 */
export interface Context {
  id: string;
  conversation_id: string;
  context_window: {
    [k: string]: unknown;
  } | null;
  parameters: {
    [k: string]: unknown;
  } | null;
  position: number;
  revision: number;
  summary?: Summary | null;
}
/**
 * A summary of a conversation up to a position, written by `model`.
 *
 * It stands for those messages in the window; they stay as they are.
 */
export interface Summary {
  text: string;
  through_position: number;
  token_count: number;
  vocabulary: string;
  model: string | null;
}
/**
 * The tombstone of a context.
 */
export interface DeletedContext {
  id: string;
  conversation_id: string;
  revision: number;
}
/**
 * A page of changes; `cursor` is the `since` of the next.
 */
export interface ChangesPage {
  changes: Change[];
  cursor: string;
  more: boolean;
}
/**
 * A page of the changes after a cursor.
 */
export interface ChangesSince {
  /**
   * a cursor that the server gave; `0` is the beginning
   */
  since?: string;
  /**
   * changes of the page, at most
   */
  limit?: number;
}
/**
 * The same, held until there is a change.
 */
export interface ChangesWait {
  /**
   * a cursor that the server gave; `0` is the beginning
   */
  since?: string;
  /**
   * changes of the page, at most
   */
  limit?: number;
  /**
   * seconds to hold the response until there is a change
   */
  wait?: number;
}
/**
 * What a client needs to know of a server before anybody has signed in.
 *
 * `replies` says who answers questions: `none`, nobody; `demo`, the demonstration, which stands in until a model is
 * connected; `model`, a model or a workflow.
 */
export interface Config {
  version: string;
  site_name: string;
  registration: 'open' | 'closed';
  password_login: boolean;
  replies: 'none' | 'demo' | 'model';
}
/**
 * The `auth` of a Socket.IO handshake. The stock client adds keys of its own, so unknown ones pass.
 *
 * token: an access token.
 * since: the cursor that the client has; null for a first connection.
 * max_changes: the most changes that it wants to be sent; with more it is told to reset.
 * pid, offset: those of the stock client's connection state recovery.
 */
export interface ConnectAuth {
  token: string;
  since?: string | null;
  max_changes?: number | null;
  pid?: string | null;
  offset?: string | null;
}
/**
 * The context of a conversation that has none.
 */
export interface ContextCreate {
  /**
   * the id of the conversation
   */
  conversation_id: string;
  /**
   * chosen by the client, so that the creation can be repeated; comes back in lower case
   */
  id?: string | null;
  context_window?: {
    [k: string]: unknown;
  } | null;
  parameters?: {
    [k: string]: unknown;
  } | null;
}
/**
 * An update of a conversation's context. A field that is absent stays as it is.
 */
export interface ContextUpdate {
  /**
   * the id of the conversation
   */
  conversation_id: string;
  /**
   * replaces the present object
   */
  context_window?: {
    [k: string]: unknown;
  } | null;
  /**
   * replaces the present object
   */
  parameters?: {
    [k: string]: unknown;
  } | null;
  /**
   * the revision that the client has seen; refused if there is a later one
   */
  if_revision?: number | null;
}
/**
 * A new conversation.
 */
export interface ConversationCreate {
  /**
   * chosen by the client, so that the creation can be repeated; comes back in lower case
   */
  id?: string | null;
  /**
   * without one, named after its first question
   */
  title?: string | null;
  /**
   * the client's own, kept as it is
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
}
/**
 * A page of the list of conversations, newest first.
 */
export interface ConversationList {
  /**
   * conversations of the page, at most
   */
  limit?: number;
  /**
   * where the page before ended; opaque
   */
  cursor?: string | null;
  /**
   * only those whose title has this anywhere, whatever its case and accents
   */
  title?: string | null;
}
/**
 * An update of a conversation. A field that is absent stays as it is.
 */
export interface ConversationUpdate {
  /**
   * the id of the row
   */
  id: string;
  title?: string | null;
  /**
   * replaces the present object
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
  /**
   * the revision that the client has seen; refused if there is a later one
   */
  if_revision?: number | null;
}
/**
 * The email and password of an account, in any case of the email.
 */
export interface Credentials {
  email: string;
  password: string;
}
/**
 * `count` messages that are out, for one reason, from a position to another, both included.
 *
 * `token_count` is that of their texts alone.
 */
export interface DroppedRun {
  reason: 'budget' | 'max_messages' | 'summarised';
  count: number;
  token_count: number;
  from_position: number;
  to_position: number;
}
/**
 * The known keys of `parameters`; null is as absent.
 */
export interface KnownParameters {
  /**
   * a name of a model
   */
  model?: string | null;
  /**
   * the system prompt
   */
  system?: string | null;
  temperature?: number | null;
  top_p?: number | null;
  /**
   * tokens of the reply, at most; reserved in the window
   */
  max_output_tokens?: number | null;
  [k: string]: unknown;
}
/**
 * The known keys of `context_window`; null is as absent.
 */
export interface KnownWindow {
  /**
   * tokens of the whole window, the reply included
   */
  max_tokens?: number | null;
  /**
   * messages in the window, at most
   */
  max_messages?: number | null;
  /**
   * ids of messages that are always in the window
   */
  pinned?: string[] | null;
  /**
   * whether older messages are dropped or summarised; `sliding` if absent
   */
  strategy?: ('sliding' | 'summary') | null;
  [k: string]: unknown;
}
/**
 * Text to add to a streaming message.
 */
export interface MessageAppend {
  /**
   * the id of the row
   */
  id: string;
  /**
   * empty: a heartbeat
   */
  text: string;
  /**
   * where the text begins, in UTF-16 code units; a part held already is skipped
   */
  offset?: number | null;
}
/**
 * A new message at the end of a conversation.
 */
export interface MessageCreate {
  conversation_id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  /**
   * a streaming message grows until it is finished or stopped
   */
  status?: 'complete' | 'streaming';
  /**
   * not empty unless streaming
   */
  content?: string;
  /**
   * chosen by the client, so that the creation can be repeated; comes back in lower case
   */
  id?: string | null;
  /**
   * the client's own; the server adds `vocabulary` once it has counted the tokens
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
  /**
   * ask the server's producer to answer it; for `user` only
   */
  reply?: boolean;
  /**
   * what to do if an answer is under way
   */
  on_busy?: 'reject' | 'enqueue' | 'interrupt';
}
/**
 * The end of a streaming message.
 */
export interface MessageFinish {
  /**
   * the id of the row
   */
  id: string;
  status?: 'complete' | 'failed';
  /**
   * keys to set; the others stay
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
}
/**
 * A page of the messages of a conversation, ascending by position; without a position, the newest page.
 */
export interface MessageList {
  /**
   * the id of the conversation
   */
  conversation_id: string;
  /**
   * messages of the page, at most
   */
  limit?: number;
  /**
   * a position: the page that ends before it
   */
  before?: number | null;
  /**
   * a position: the page that begins after it
   */
  after?: number | null;
}
/**
 * A request for a reply to a message, or for another one to the same message.
 */
export interface MessageReply {
  /**
   * the id of the row
   */
  id: string;
  /**
   * what to do if an answer is under way
   */
  on_busy?: 'reject' | 'enqueue' | 'interrupt';
}
/**
 * An update of a message that has ended. A field that is absent stays as it is.
 */
export interface MessageUpdate {
  /**
   * the id of the row
   */
  id: string;
  content?: string;
  /**
   * replaces the present object, but `vocabulary`
   */
  metadata?: {
    [k: string]: unknown;
  } | null;
  /**
   * the revision that the client has seen; refused if there is a later one
   */
  if_revision?: number | null;
}
/**
 * A model that `parameters.model` can name. The `default` one replies where a context names none.
 *
 * `max_tokens` is how many tokens of input it reads at most; null where that is not known.
 */
export interface Model {
  id: string;
  default: boolean;
  max_tokens: number | null;
}
/**
 * A new password, and the old one as proof.
 */
export interface PasswordChange {
  old: string;
  new: string;
}
/**
 * The password, as proof that the request is the user's.
 */
export interface PasswordProof {
  password: string;
}
/**
 * The refresh token of a session, which is used up.
 */
export interface Refresh {
  refresh_token: string;
}
/**
 * A new account. The password has at least 8 characters, and at most 72 bytes in UTF-8.
 */
export interface Registration {
  email: string;
  password: string;
}
/**
 * The payload of `session:renew`: a new access token of the same session.
 */
export interface Renewal {
  token: string;
}
/**
 * One sign-in, which is a family of refresh tokens. `current` is the session of the request.
 */
export interface Session {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
  current: boolean;
}
/**
 * A pair of tokens, and the user they are for. `expires_in` is that of the access token, in seconds.
 */
export interface SignedIn {
  access_token: string;
  token_type: string;
  expires_in: number;
  refresh_token: string;
  user: User;
}
/**
 * A person with an account.
 */
export interface User {
  id: string;
  email: string;
  created_at: string;
}
/**
 * The claims of a valid access token, and the email of its user.
 */
export interface Verified {
  user_id: string;
  email: string;
  session_id: string;
  expires_at: string;
}
/**
 * The messages that a model is given, in order, and those that it is not.
 *
 * `token_count` is what the messages cost, 4 tokens more than its text for each; it is within `budget`. `reserved`
 * tokens are left for the reply. Not `exact`: the vocabulary of the model is not known, or some messages were
 * counted in another one.
 */
export interface Window {
  messages: WindowMessage[];
  token_count: number;
  budget: number;
  reserved: number;
  exact: boolean;
  dropped: DroppedRun[];
}
/**
 * One message as it is given to a model.
 *
 * `id` is null for the system prompt and the summary, which are no messages of the conversation. `token_count` is
 * that of `content` alone.
 */
export interface WindowMessage {
  id: string | null;
  role: 'user' | 'assistant' | 'system' | 'tool';
  content: string;
  token_count: number;
  reason: 'system' | 'pinned' | 'recent' | 'summary';
}
/**
 * A request for the window of a conversation.
 */
export interface WindowRead {
  /**
   * the id of the conversation
   */
  conversation_id: string;
  /**
   * instead of what the context says
   */
  max_tokens?: number | null;
}
