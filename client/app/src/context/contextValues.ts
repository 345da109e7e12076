import type { useForm } from '@mantine/form';
import type { Context, ContextUpdate } from '@bitworks/sdk';

/** The form's fields; empty text stands for a key that is not set. */
export interface ContextValues {
  max_tokens: number | '';
  max_messages: number | '';
  strategy: string;
  model: string;
  system: string;
  temperature: number | '';
  top_p: number | '';
  max_output_tokens: number | '';
}

const WINDOW = ['max_tokens', 'max_messages', 'strategy'] as const;
const PARAMETERS = ['model', 'system', 'temperature', 'top_p', 'max_output_tokens'] as const;

export const FIELDS = [...WINDOW, ...PARAMETERS] as const;
export type FieldName = (typeof FIELDS)[number];

export function valuesOf(context: Context | undefined): ContextValues {
  const window = context?.context_window ?? {};
  const parameters = context?.parameters ?? {};
  return {
    max_tokens: numberIn(window, 'max_tokens'),
    max_messages: numberIn(window, 'max_messages'),
    strategy: textIn(window, 'strategy'),
    model: textIn(parameters, 'model'),
    system: textIn(parameters, 'system'),
    temperature: numberIn(parameters, 'temperature'),
    top_p: numberIn(parameters, 'top_p'),
    max_output_tokens: numberIn(parameters, 'max_output_tokens'),
  };
}

/** What to send: an object replaces the one before whole, so keys that this form does not know are kept. */
export function inputOf(
  values: ContextValues,
  context: Context | undefined,
): Pick<ContextUpdate, 'context_window' | 'parameters'> {
  return {
    context_window: merged(context?.context_window, values, WINDOW),
    parameters: merged(context?.parameters, values, PARAMETERS),
  };
}

function merged(
  before: Record<string, unknown> | null | undefined,
  values: ContextValues,
  names: readonly (keyof ContextValues)[],
): Record<string, unknown> | null {
  const kept = Object.entries(before ?? {}).filter(([key]) => !names.some((name) => name === key));
  const set = names.map((name) => [name, values[name]] as const).filter(([, value]) => value !== '');
  return kept.length + set.length === 0 ? null : Object.fromEntries<unknown>([...kept, ...set]);
}

function numberIn(object: Record<string, unknown>, key: string): number | '' {
  const value = object[key];
  return typeof value === 'number' ? value : '';
}

function textIn(object: Record<string, unknown>, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

/** The form in which they are edited, as far as its fields need it. */
export type ContextFields = Pick<
  ReturnType<typeof useForm<ContextValues>>,
  'getInputProps' | 'values' | 'setFieldValue'
>;
