export type Age = 'today' | 'yesterday' | 'week' | 'older';

/** How long ago in calendar days of the reader's time zone. */
export function ageOf(time: string, now: Date = new Date()): Age {
  const days = daysBetween(new Date(time), now);
  if (days <= 0) return 'today';
  if (days === 1) return 'yesterday';
  return days <= 7 ? 'week' : 'older';
}

export function isSameDay(one: string, other: string): boolean {
  return daysBetween(new Date(one), new Date(other)) === 0;
}

/** Rounded, because a day on which the clocks change has 23 or 25 hours. */
function daysBetween(from: Date, to: Date): number {
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

function midnight(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}
