import { expect, test } from 'vitest';
import { safeAddress } from '../../src/thread/markdown/safeAddress';

test.each(['https://example.org/a?b=c', 'http://example.org', 'mailto:ana@example.org', '#note'])(
  '%s may be followed',
  (address) => expect(safeAddress(address)).toBe(address),
);

test.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  ' javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  '/auth/logout',
  '//example.org',
  '',
])('%j may not', (address) => expect(safeAddress(address)).toBeUndefined());
