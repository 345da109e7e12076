/** Every conversation of the list as it stands, whatever day it is under. */
function links(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>('[data-conversation-link]')];
}

function linkOf(id: string): HTMLElement | undefined {
  return links().find(({ dataset }) => dataset['conversationLink'] === id);
}

/** The one this many places below in the list, or above when negative. */
function beside(from: HTMLElement | undefined, steps: number): HTMLElement | undefined {
  const all = links();
  return from ? all[all.indexOf(from) + steps] : all.at(steps > 0 ? 0 : -1);
}

export function focusBeside(id: string): void {
  const link = linkOf(id);
  (beside(link, 1) ?? beside(link, -1))?.focus();
}

export function focusConversation(id: string): void {
  linkOf(id)?.focus();
}

/** To the first of the list, from above it. */
export function enterList(): void {
  links()[0]?.focus();
}

/** Moves the focus through the list; past its ends it stays. */
export function moveFocus(from: HTMLElement, steps: 1 | -1): void {
  beside(from, steps)?.focus();
}

/** The address of the conversation before or after the one that is open. */
export function addressBeside(id: string | undefined, steps: 1 | -1): string | null {
  return beside(id === undefined ? undefined : linkOf(id), steps)?.getAttribute('href') ?? null;
}
