/** What was being written, by conversation, while another one is open. Gone with the tab. */
const drafts = new Map<string, string>();

export function readDraft(of: string): string {
  return drafts.get(of) ?? '';
}

export function keepDraft(of: string, text: string): void {
  if (text === '') drafts.delete(of);
  else drafts.set(of, text);
}
