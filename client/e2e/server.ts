import { test as base } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Model } from './model.js';

const PROGRAM = fileURLToPath(new URL('../../.venv/bin/bitworks', import.meta.url));
/** Milliseconds between two looks at whether it serves. */
const LOOK = 100;

interface ServerOptions {
  /** Whether a model answers questions there. */
  readonly answers: boolean;
  /** The build of the app that it serves, if not that of this checkout. */
  readonly dist: string | undefined;
  /** More of the environment that it is started with. */
  readonly settings: NodeJS.ProcessEnv;
}

/** The program as a process of its own, on data and a port that stay when it is killed and started again. */
export class Server {
  readonly model: Model;
  private port = 0;
  private process: ChildProcess | undefined;
  private readonly data: string;
  private readonly settings: NodeJS.ProcessEnv;

  private constructor(data: string, dist: string | undefined, model: Model) {
    this.data = data;
    this.model = model;
    this.settings = {
      ...{ DATA_DIR: data, DATABASE_URL: undefined, REPLY_PRODUCER: 'none' },
      ...{ BCRYPT_ROUNDS: '4', RATE_LIMITS: 'off', CLIENT_DIST: dist },
    };
  }

  static async create({ answers, dist, settings }: ServerOptions): Promise<Server> {
    const data = await mkdtemp(join(tmpdir(), 'bitworks-e2e-'));
    const server = new Server(data, dist, await Model.start());
    if (answers) Object.assign(server.settings, server.model.settings);
    Object.assign(server.settings, settings);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Resolves when it serves: first on a free port, which it chooses itself, and then on the same. */
  async start(): Promise<void> {
    const env = { ...process.env, ...this.settings, PORT: `${this.port}` };
    this.process = spawn(PROGRAM, ['serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    this.port ||= await chosenPort(this.process);
    this.process.stderr?.resume();
    while (!(await this.serves())) {
      if (this.process.exitCode !== null) throw new Error(`the server ended with ${this.process.exitCode}`);
      await pause(LOOK);
    }
  }

  private serves(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** Without a word to anybody: neither to its clients nor to its database. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Has it take connections, and answer nothing, until `thaw`. */
  freeze(): void {
    this.process?.kill('SIGSTOP');
  }

  thaw(): void {
    this.process?.kill('SIGCONT');
  }

  /** Ends all of it, and deletes its data. A killed one is started first: it knows how to end its database. */
  async remove(): Promise<void> {
    if (!this.process) await this.start();
    await this.end('SIGINT');
    this.model.end();
    await rm(this.data, { recursive: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const ending = this.process;
    if (!ending) return;
    this.thaw();
    this.process = undefined;
    ending.kill(signal);
    if (ending.exitCode === null && ending.signalCode === null) await once(ending, 'exit');
  }
}

/** Tests with a server of their own. */
export const test = base.extend<ServerOptions & { server: Server }>({
  answers: [false, { option: true }],
  dist: [undefined, { option: true }],
  settings: [{}, { option: true }],
  server: async ({ answers, dist, settings }, use) => {
    const server = await Server.create({ answers, dist, settings });
    await server.start();
    await use(server);
    await server.remove();
  },
  baseURL: ({ server }, use) => use(server.url),
});

/** The port that its log names; 0 if it ends without a word of it. */
async function chosenPort({ stderr }: ChildProcess): Promise<number> {
  if (stderr === null) throw new Error('it has no log');
  let said = '';
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const port = /http:\/\/localhost:(\d+)\D/.exec(said)?.[1];
    if (port !== undefined) return Number(port);
  }
  return 0;
}
