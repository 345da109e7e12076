import { existsSync, readFileSync } from 'node:fs';
import { Decoder } from 'socket.io-parser';
import { describe, expect, test } from 'vitest';
import { reduce } from '../../src/state/reduce.js';
import { EMPTY, type State } from '../../src/state/state.js';
import { readEvent } from '../../src/wire/events.js';
import { isJson } from '../../src/wire/json.js';

// What the server really sends, written by the server's own code and read by both test suites.
const FRAMES = new URL('../../../../tests/contract/frames.json', import.meta.url);

interface Frame {
  readonly name: string;
  readonly packet: string;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly cursor: string | null;
}

function readFrames(): Frame[] {
  if (!existsSync(FRAMES))
    throw new Error('tests/contract/frames.json is missing: `make reference` writes it.');
  const frames: unknown = JSON.parse(readFileSync(FRAMES, 'utf8'));
  if (!Array.isArray(frames) || !frames.every(isFrame))
    throw new Error('frames.json is not a list of frames.');
  return frames;
}

function isFrame(value: unknown): value is Frame {
  return isJson(value) && ['name', 'packet', 'event'].every((key) => typeof value[key] === 'string');
}

/** The packet's data as the stock client decodes it. */
function decode(packet: string): unknown[] {
  const decoded: unknown[] = [];
  const decoder = new Decoder();
  decoder.on('decoded', ({ data }: { data?: unknown }) =>
    decoded.push(...(Array.isArray(data) ? (data as unknown[]) : [])),
  );
  decoder.add(packet);
  return decoded;
}

/** What says nothing about the history; the connection deals with it. */
const OF_THE_SESSION = ['session:expiring', 'session:expired'];
const frames = readFrames();

describe.each(frames)('the frame $name', ({ packet, event, data, cursor }) => {
  test('is decoded by the stock parser', () => {
    expect(decode(packet)).toEqual(cursor === null ? [event, data] : [event, data, cursor]);
  });

  test('is understood', () => {
    const [name, ...args] = decode(packet);
    const received = readEvent(String(name), args);
    if (OF_THE_SESSION.includes(event)) expect(received).toBeUndefined();
    else expect(received).toBeDefined();
  });
});

test('the frames are a history that leaves nothing behind', () => {
  const states = frames.reduce<State[]>(
    (before, { event, data, cursor }) => {
      const received = readEvent(event, cursor === null ? [data] : [data, cursor]);
      const state = before.at(-1) ?? EMPTY;
      return [...before, received ? reduce(state, received) : state];
    },
    [EMPTY],
  );
  expect(Math.max(...states.map(({ conversations }) => conversations.size))).toBe(1);
  expect(Math.max(...states.map(({ contexts }) => contexts.size))).toBe(1);
  expect(states.at(-1)?.conversations.size).toBe(0);
  expect(states.at(-1)?.messages.size).toBe(0);
});
