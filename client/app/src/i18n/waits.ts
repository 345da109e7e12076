/** The units of a wait, the longest first, each with its seconds. */
const UNITS = [
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A wait as people say it: "40 seconds", "7 minutes", "1 hour"; rounded up, so that nobody comes back too early. */
export function waitText(seconds: number, language: string): string {
  const [unit, length] = UNITS.find(([, length]) => seconds > length * 0.9) ?? UNITS[2];
  const count = Math.max(1, Math.ceil(seconds / length));
  return new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** Whole seconds from `now` (milliseconds) until a time in RFC 3339; none once it is past. */
export function secondsUntil(time: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(time) - now) / 1000));
}
