import { urlOf } from './urlOf';

const SCHEMES = new Set(['http:', 'https:', 'mailto:']);

/** The address if it may be followed: pages elsewhere, mail, and footnotes of the text itself. Otherwise none. */
export function safeAddress(address: string): string | undefined {
  if (address.startsWith('#')) return address;
  return SCHEMES.has(urlOf(address)?.protocol ?? '') ? address : undefined;
}
