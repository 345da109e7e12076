import type { Model } from '@bitworks/sdk';

/** The model that answers where none was chosen. */
export function presetOf(models: readonly Model[]): string | undefined {
  return models.find((model) => model['default'] === true)?.id;
}

/** Which of the models answers: the wanted one, or the preset where it is not offered, or none was wanted. */
export function answering(models: readonly Model[], wanted: string): Model | undefined {
  const preset = presetOf(models);
  return models.find(({ id }) => id === wanted) ?? models.find(({ id }) => id === preset);
}

/** Tokens that a model reads, its answer included; undefined where nobody knows. */
export function limitOf({ max_tokens }: Model): number | undefined {
  return typeof max_tokens === 'number' ? max_tokens : undefined;
}

export type Memory = 'short' | 'medium' | 'long';

/** What so many tokens are to people. */
export function memoryOf(limit: number): Memory {
  if (limit >= 200_000) return 'long';
  return limit >= 32_000 ? 'medium' : 'short';
}

export interface Excess {
  readonly model: string;
  /** Tokens that it reads. */
  readonly limit: number;
}

/** The chosen model, where it reads fewer tokens than are wanted. */
export function excessOf(models: readonly Model[], chosen: string, wanted: number | ''): Excess | undefined {
  const model = chosen === '' ? presetOf(models) : chosen;
  const found = models.find(({ id }) => id === model);
  const limit = found && limitOf(found);
  if (!found || limit === undefined || wanted === '' || wanted <= limit) return undefined;
  return { model: found.id, limit };
}
