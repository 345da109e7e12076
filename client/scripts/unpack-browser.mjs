// Unpacks the browser of the tests, where there is none yet, and puts it in its place when it is whole: of programs
// that unpack it for themselves at the same time, some would start a part of it.
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BROWSER = 'chromium';
const place = tmpdir();
if (!existsSync(join(place, BROWSER))) {
  const fresh = mkdtempSync(join(place, 'unpacking-'));
  process.env.TMPDIR = fresh;
  const { default: bundled } = await import('@sparticuz/chromium');
  await bundled.executablePath();
  const parts = readdirSync(fresh).filter((name) => name !== BROWSER && !existsSync(join(place, name)));
  for (const name of [...parts, BROWSER]) renameSync(join(fresh, name), join(place, name));
  rmSync(fresh, { recursive: true });
}
