import { test } from '@playwright/test';
import { expectNoViolation } from './expectations.js';
import { PHONE_SCREENS, SCREENS, TABLET_SCREENS, type Screen } from './screens.js';
import { Stage, type Look } from './stage.js';

const LOOKS: readonly Look[] = [
  { colorScheme: 'light', locale: 'en-US' },
  { colorScheme: 'dark', locale: 'en-US' },
  { colorScheme: 'light', locale: 'es-MX' },
  { colorScheme: 'dark', locale: 'es-MX' },
];

/** Where pictures of the screens are kept, when they are to be taken anew, and in which looks. */
const PICTURES = process.env['SCREENSHOTS'];
const PICTURED = ['light-en-US', 'phone-dark-es-MX'];

const DESK: Partial<Look> = { viewport: { width: 1200, height: 760 } };
const PHONE: Partial<Look> = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true };

const TABLET: Partial<Look> = { viewport: { width: 768, height: 1024 } };

for (const look of LOOKS) {
  const { colorScheme, locale } = look;
  test(`no screen breaks a rule of accessibility: ${colorScheme}, ${locale}`, async ({ browser }) => {
    await goThrough(SCREENS, await Stage.open(browser, { ...look, ...DESK }), `${colorScheme}-${locale}`);
  });

  test(`nor does any on a phone: ${colorScheme}, ${locale}`, async ({ browser }) => {
    const stage = await Stage.open(browser, { ...look, ...PHONE });
    await goThrough(PHONE_SCREENS, stage, `phone-${colorScheme}-${locale}`);
  });

  test(`nor does any on a tablet: ${colorScheme}, ${locale}`, async ({ browser }) => {
    const stage = await Stage.open(browser, { ...look, ...TABLET });
    await goThrough(TABLET_SCREENS, stage, `tablet-${colorScheme}-${locale}`);
  });
}

async function goThrough(screens: readonly Screen[], stage: Stage, look: string): Promise<void> {
  for (const { name, show } of screens)
    await test.step(name, async () => {
      await show(stage);
      await expectNoViolation(stage.page, name);
      if (PICTURES !== undefined && PICTURED.includes(look))
        await stage.page.screenshot({ path: `${PICTURES}/${look}/${name}.png` });
    });
}
