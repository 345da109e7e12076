import { expect, type Browser, type Locator } from '@playwright/test';
import { Device } from './device.js';
import { ANSWER } from './model.js';
import { test } from './server.js';

test.use({ answers: true });

async function ask(browser: Browser): Promise<{ device: Device; end: Locator }> {
  const { device } = await Device.register(await browser.newContext());
  await device.begin('A question');
  return { device, end: device.answer(1).getByTestId('answer-end') };
}

test('an answer that failed says why where it ends, and another is asked for there', async ({
  browser,
  server,
}) => {
  server.model.refusal = { status: 402, message: 'Insufficient credits. Add more at the provider.' };
  const { device, end } = await ask(browser);
  await expect(end).toContainText('Could not answer');
  await expect(end).toContainText('Insufficient credits. Add more at the provider.');
  server.model.refusal = undefined;
  await end.getByRole('button', { name: 'Regenerate' }).click();
  await expect(device.answer(2)).toContainText(ANSWER);
  await expect(device.answer(2).getByTestId('answer-end')).toHaveCount(0);
});

test('while the model is away the answer says so, and when it is asked for again', async ({
  browser,
  server,
}) => {
  server.model.refusal = { status: 503, message: 'Loading.' };
  const { device } = await ask(browser);
  const waiting = device.answer(1).getByTestId('retrying');
  await expect(waiting).toContainText('The model’s server failed.');
  await expect(waiting).toContainText(/Trying again (now|in \d+ seconds?) \(\d of 5\)/);
  server.model.refusal = undefined;
  await expect(device.answer(1)).toContainText(ANSWER);
  await expect(waiting).toHaveCount(0);
});

test('an answer that is cut off, filtered or empty says so', async ({ browser, server }) => {
  server.model.ending = 'length';
  const { device, end } = await ask(browser);
  await expect(device.answer(1)).toContainText(ANSWER);
  await expect(end).toContainText('The answer reached its length limit and stops here.');
  server.model.ending = 'content_filter';
  await end.getByRole('button', { name: 'Regenerate' }).click();
  await expect(device.answer(2).getByTestId('answer-end')).toContainText('held back the rest');
  server.model.ending = 'stop';
  server.model.saysNothing = true;
  await device.write('And now?');
  await expect(device.answer(3).getByTestId('answer-end')).toBeVisible();
});

test('an answer that broke off in its middle says so at its end', async ({ browser, server }) => {
  server.model.talksOn = true;
  const { device, end } = await ask(browser);
  await expect(device.answer(1)).toContainText('on and on');
  await server.kill();
  await server.start();
  await expect(end).toContainText('Interrupted');
  await expect(end).toBeInViewport();
  await expect(end.getByRole('button', { name: 'Regenerate' })).toBeVisible();
});
