import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Locator, type Page } from '@playwright/test';
import type { Root } from 'hast';
import { seenIn, type Example } from '../app/test/markdown/seen.js';
import { Device } from './device.js';

const FILE = join(import.meta.dirname, '../../tests/texts/corpus.json');
const EXAMPLES = JSON.parse(readFileSync(FILE, 'utf8')) as Example[];

// Only what is near the screen stands in the page.
test.use({ viewport: { width: 1280, height: 16_000 } });

/** What stands in the page, as the tree that it was made from: formulas as TeX, blocks of code without what is around them. */
function treeIn(content: Locator): Promise<Root> {
  return content.evaluate((element) => {
    type Child = Root['children'][number];
    return { type: 'root', children: childrenOf(element) };

    function childrenOf(element: Element): Child[] {
      return [...element.childNodes].flatMap((child) => {
        if (child instanceof Text) return { type: 'text', value: child.data };
        return child instanceof HTMLElement ? treeOf(child) : [];
      });
    }

    function treeOf(element: HTMLElement): Child[] {
      const tex = element.querySelector('annotation')?.textContent ?? '';
      if (element.matches('.katex-display')) return [formula(tex, 'math-display')];
      if (element.matches('.katex')) return [formula(tex, 'math-inline')];
      const { direction } = getComputedStyle(element);
      if (element.matches('.codeBlock')) {
        const value = `${element.querySelector('pre')?.textContent ?? ''}\n`;
        return [node('pre', { dir: direction }, [node('code', {}, [{ type: 'text', value }])])];
      }
      const href = element.getAttribute('href');
      const properties = { ...(element.dir && { dir: direction }), ...(href && { href }) };
      return [node(element.tagName.toLowerCase(), properties, childrenOf(element))];
    }

    function formula(value: string, kind: string): Child {
      return node('code', { className: ['language-math', kind] }, [{ type: 'text', value }]);
    }

    function node(tagName: string, properties: object, children: Child[]): Child {
      return { type: 'element', tagName, properties, children } as Child;
    }
  });
}

async function copied(page: Page, button: Locator): Promise<string> {
  await button.click();
  return page.evaluate(() => navigator.clipboard.readText());
}

test('each text of the corpus is seen, and copied, as it should be', async ({ browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { device } = await Device.register(context);
  await device.begin('Texts');
  await device.fill(EXAMPLES.map(({ text }) => text));
  await expect(device.contents).toHaveCount(EXAMPLES.length + 1);
  for (const [at, { name, text, ...expected }] of EXAMPLES.entries()) {
    const message = device.page.getByRole('article').nth(at + 1);
    await expect(async () => {
      expect(seenIn(await treeIn(message.getByTestId('content'))), name).toMatchObject(expected);
    }).toPass({ timeout: 20_000 });
    const buttons = message.getByRole('button', { name: 'Copy code' });
    const codes = expected.code ?? [];
    for (const [number, code] of codes.entries())
      expect(await copied(device.page, buttons.nth(number)), name).toBe(code);
    expect(await copied(device.page, message.getByRole('button', { name: 'Copy message' })), name).toBe(text);
  }
});

test('an answer that is being written is copied as far as it is, and its code too', async ({ browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const { device } = await Device.register(context);
  await device.begin('Growing');
  const answer = await device.openAnswer();
  const text = 'So:\n\n```sh\nexport PATH=$HOME/bin:$PATH\n';
  for (const piece of text.match(/.{1,7}/gs) ?? []) await answer.append(piece);
  const message = device.answer(1);
  await expect(message.locator('pre')).toHaveText('export PATH=$HOME/bin:$PATH');
  expect(await copied(device.page, message.getByRole('button', { name: 'Copy code' }))).toBe(
    'export PATH=$HOME/bin:$PATH',
  );
  await message.hover();
  expect(await copied(device.page, message.getByRole('button', { name: 'Copy message' }))).toBe(text);
  await answer.finish();
});
