/** Characters of a title that fit in the list. */
const LENGTH = 60;

/** A title for what nobody else will name: the first line of what began it, cut between two words. */
export function titleFrom(content: string): string {
  const line = content.trim().split('\n', 1)[0]?.trim() ?? '';
  const characters = Array.from(line);
  if (characters.length <= LENGTH) return line;
  const cut = characters.slice(0, LENGTH - 1).join('');
  const lastSpace = cut.lastIndexOf(' ');
  return `${(lastSpace > LENGTH / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`;
}
