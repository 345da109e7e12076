import type { ContextValues, FieldName } from './contextValues';

/** What the server takes, both ends included. */
export const RANGES = {
  max_tokens: [1, 100_000_000],
  max_messages: [1, 1_000_000],
  temperature: [0, 2],
  top_p: [0, 1],
  max_output_tokens: [1, 100_000_000],
} as const satisfies Partial<Record<FieldName, readonly [number, number]>>;

export type NumberName = keyof typeof RANGES;

export const NUMBERS = ['max_tokens', 'max_messages', 'temperature', 'top_p', 'max_output_tokens'] as const;

/** Those that are out of sight until they are asked for. */
export const ADVANCED: readonly NumberName[] = ['max_tokens', 'max_messages', 'top_p', 'max_output_tokens'];

/** The numbers that the server would refuse. */
export function outOfRange(values: ContextValues): NumberName[] {
  return NUMBERS.filter((name) => {
    const value = values[name];
    return value !== '' && (value < RANGES[name][0] || value > RANGES[name][1]);
  });
}
