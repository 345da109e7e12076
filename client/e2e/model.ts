import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds between two words. */
const PACE = 20;
export const ANSWER = 'The model has an answer, and this is its end.';

/** A server of Chat Completions whose model goes on talking for as long as a test wants. */
export class Model {
  /** While it is set no answer comes to its end. */
  talksOn = false;
  /** While it is set no question is answered: what is said instead, and with which status. */
  refusal: { readonly status: number; readonly message: string } | undefined;
  /** Why its answers come to their end, and whether anything is said before. */
  ending = 'stop';
  saysNothing = false;
  private readonly server: Server;

  private constructor(server: Server) {
    this.server = server;
  }

  static async start(): Promise<Model> {
    const server = createServer();
    const model = new Model(server);
    server.on('request', (request, response) => void model.serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return model;
  }

  /** What a server of ours has to be told to ask it. */
  get settings(): NodeJS.ProcessEnv {
    const address = this.server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The model has ended.');
    const url = `http://127.0.0.1:${address.port}/v1`;
    const models = { REPLY_MODEL: 'talker', REPLY_MODELS: 'talker,gpt-4.1' };
    return { REPLY_PRODUCER: 'openai', REPLY_BASE_URL: url, ...models };
  }

  end(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'GET') {
      tell(response, { object: 'list', data: [] });
      return;
    }
    const asked = (await read(request)) as { stream?: boolean };
    if (asked.stream !== true) {
      tell(response, completion());
      return;
    }
    if (this.refusal) {
      response.statusCode = this.refusal.status;
      tell(response, { error: { message: this.refusal.message } });
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    for (const word of this.words()) {
      if (response.destroyed) return;
      response.write(event({ content: word }));
      await pause(PACE);
    }
    response.end(`${event({}, this.ending)}data: [DONE]\n\n`);
  }

  private *words(): Generator<string> {
    while (this.talksOn) yield 'on and ';
    if (!this.saysNothing) yield* ANSWER.split(/(?<= )/);
  }
}

/** It thinks of no title: what the conversation is called stays. */
function completion(): object {
  const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '' } };
  return { id: 'c', object: 'chat.completion', created: 0, model: 'talker', choices: [choice] };
}

function event(delta: object, finish_reason: string | null = null): string {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 0, model: 'talker' };
  return `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
}

function tell(response: ServerResponse, body: object): void {
  response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString());
}
