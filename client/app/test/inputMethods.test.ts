// @vitest-environment happy-dom
import { beforeAll, expect, test } from 'vitest';
import { leaveKeysToInputMethods } from '../src/shell/inputMethods';

/** What reaches a listener of a field, and one of the page, as dialogs and shortcuts have. */
const heard: string[] = [];

beforeAll(() => {
  leaveKeysToInputMethods();
  document.body.addEventListener('keydown', ({ key }) => heard.push(key));
  window.addEventListener('keydown', ({ key }) => heard.push(key), { capture: true });
});

function press(key: string, rest: { isComposing?: boolean; keyCode?: number } = {}): string[] {
  heard.length = 0;
  const event = new KeyboardEvent('keydown', { key, bubbles: true, isComposing: rest.isComposing ?? false });
  if (rest.keyCode !== undefined) Object.defineProperty(event, 'keyCode', { value: rest.keyCode });
  document.body.dispatchEvent(event);
  return heard;
}

test('the Enter that Safari sends once a word is chosen does nothing else', () => {
  expect(press('Enter', { isComposing: false, keyCode: 229 })).toEqual([]);
});

test('the Escape by which macOS gives up a word does nothing else', () => {
  expect(press('Escape', { isComposing: true, keyCode: 27 })).toEqual([]);
});

test('the Enter that chooses a word elsewhere does nothing else', () => {
  expect(press('Enter', { isComposing: true, keyCode: 229 })).toEqual([]);
});

test('any other key is heard', () => {
  expect(press('Enter', { keyCode: 13 })).toEqual(['Enter', 'Enter']);
  expect(press('Escape', { keyCode: 27 })).toEqual(['Escape', 'Escape']);
});
