import type { Answer } from '../src/wire/answers.js';
import type { Change } from '../src/wire/changes.js';
import { DISCONNECTED, type Failure } from '../src/wire/failure.js';
import { ModelServer } from './modelServer.js';

interface Asked {
  readonly event: string;
  readonly input: Record<string, unknown>;
  readonly answer: (answer: Answer) => void;
  /** What the server has to say to it, once it was done. */
  said?: Answer;
}

/** A line to the model server that does and answers only what it is told to, and can be cut in between. */
export class Line {
  isConnected = true;
  readonly server = new ModelServer();
  readonly requests: Asked[] = [];
  /** What was done by writes, in order: a repetition does nothing. */
  readonly done: Change[] = [];
  private readonly onChange: (change: Change) => void;

  constructor(onChange: (change: Change) => void = () => undefined) {
    this.onChange = onChange;
  }

  request = (event: string, input: object): Promise<Answer> => {
    return new Promise((answer) => this.requests.push({ event, input: { ...input }, answer }));
  };

  /** Does what the oldest request asks, and answers. */
  serve(): void {
    this.act();
    this.reply();
  }

  /** Does what the oldest request asks; the answer is on its way. */
  act(): void {
    const request = this.requests[0];
    if (!request || request.said) return;
    const data = this.perform(request.event, request.input);
    request.said = { ok: true, data, revision: this.server.revision, next: undefined };
  }

  /** The answer to the oldest request arrives, if it was done. */
  reply(): void {
    const said = this.requests[0]?.said;
    if (said) this.take().answer(said);
  }

  refuse(failure: Failure): void {
    this.take().answer({ ok: false, failure });
  }

  cut(): void {
    while (this.requests.length > 0) this.refuse(DISCONNECTED);
  }

  private perform(event: string, input: Record<string, unknown>): unknown {
    const { server } = this;
    const id = String(input['id']);
    const content = String(input['content']);
    if (event === 'conversation:create')
      return server.conversations.get(id) ?? this.did(server.createConversation(id));
    const message = server.messages.get(id);
    const conversation = server.conversations.get(String(input['conversation_id']));
    if (event === 'message:create' && conversation)
      return message ?? this.did(server.createMessage(conversation, id, content));
    if (event === 'message:update' && message)
      return message.content === content ? message : this.did(server.editMessage(message, content));
    if (event === 'message:delete' && message) this.did(server.deleteMessage(message));
    return null;
  }

  private did(change: Change): unknown {
    this.done.push(change);
    this.onChange(change);
    return change.data;
  }

  private take(): Asked {
    const request = this.requests.shift();
    if (!request) throw new Error('Nothing was asked.');
    return request;
  }
}

/** Lets what was answered be heard. */
export async function turn(): Promise<void> {
  for (let count = 0; count < 4; count++) await Promise.resolve();
}
