import { useTranslation } from 'react-i18next';

export interface Times {
  /** 14:05 */
  clock(time: string): string;
  /** Monday, 2 March */
  day(time: string): string;
  /** 2 Mar 2026, 14:05 */
  full(time: string): string;
}

const KNOWN = new Map<string, Times>();

/** Times as the reader's language writes them, in the reader's time zone. */
export function useTimes(): Times {
  const { language } = useTranslation().i18n;
  const known = KNOWN.get(language) ?? timesIn(language);
  KNOWN.set(language, known);
  return known;
}

/** To be kept: making it takes longer than laying a message out. */
function timesIn(language: string): Times {
  const clock = new Intl.DateTimeFormat(language, { timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });
  const full = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    clock: (time) => clock.format(new Date(time)),
    day: (time) => day.format(new Date(time)),
    full: (time) => full.format(new Date(time)),
  };
}
