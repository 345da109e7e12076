/**
 * A language as `Intl` and `lang` take it. Browsers name some that are none, such as `en-US@posix` where the system has
 * no language set, and would throw at their own name.
 */
export function languageTag(named: string): string {
  const tag = named.split(/[@.]/)[0]?.replaceAll('_', '-') ?? '';
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
