/** What the server keeps and takes, as both doors show it. */

export interface User {
  id: string;
  email: string;
  created_at: string;
}

export interface Session {
  id: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
  current: boolean;
}

export interface Conversation {
  id: string;
  user_id: string;
  title: string | null;
  metadata: Record<string, unknown>;
  created_at: string;
  updated_at: string;
  position: number;
  revision: number;
}

export interface Message {
  id: string;
  conversation_id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  content: string;
  status: 'complete' | 'streaming' | 'interrupted' | 'stopped' | 'failed';
  metadata: Record<string, unknown>;
  token_count: number | null;
  timestamp: string;
  edited_at: string | null;
  position: number;
  revision: number;
}

export interface Context {
  id: string;
  conversation_id: string;
  context_window: Record<string, unknown> | null;
  parameters: Record<string, unknown> | null;
  position: number;
  revision: number;
}

export interface DeletedConversation {
  id: string;
  revision: number;
}

export interface DeletedMessage {
  id: string;
  conversation_id: string;
  timestamp: string;
  revision: number;
}

export interface DeletedContext {
  id: string;
  conversation_id: string;
  revision: number;
}

export interface ConversationCreate {
  id?: string | null;
  title?: string | null;
  metadata?: Record<string, unknown> | null;
}

export interface ConversationList {
  limit?: number;
  cursor?: string | null;
}

export interface ConversationUpdate {
  id: string;
  title?: string | null;
  metadata?: Record<string, unknown> | null;
  if_revision?: number | null;
}

export interface MessageCreate {
  conversation_id: string;
  role: 'user' | 'assistant' | 'system' | 'tool';
  content: string;
  id?: string | null;
  metadata?: Record<string, unknown> | null;
}

export interface MessageList {
  conversation_id: string;
  limit?: number;
  before?: number | null;
  after?: number | null;
}

export interface MessageUpdate {
  id: string;
  content?: string;
  metadata?: Record<string, unknown> | null;
  if_revision?: number | null;
}

export interface ContextCreate {
  conversation_id: string;
  id?: string | null;
  context_window?: Record<string, unknown> | null;
  parameters?: Record<string, unknown> | null;
}

export interface ContextUpdate {
  conversation_id: string;
  context_window?: Record<string, unknown> | null;
  parameters?: Record<string, unknown> | null;
  if_revision?: number | null;
}

export interface ById {
  id: string;
}

export interface ByConversation {
  conversation_id: string;
}
