/** From the ends of a temperature inwards: up to which it counts as what. */
const STEPS = [
  ['precise', 0.4],
  ['balanced', 1],
  ['creative', 1.4],
] as const;

export type Creativity = 'precise' | 'balanced' | 'creative' | 'veryCreative';

/** What a temperature means to people. */
export function creativityOf(temperature: number): Creativity {
  return STEPS.find(([, most]) => temperature <= most)?.[0] ?? 'veryCreative';
}
