/** Characters of a title, at most. */
const LONGEST = 100;
/** Characters from which on a sentence is a title by itself; a greeting has the next sentence beside it. */
const ENOUGH = 20;
/** Where a sentence may end, unless what follows goes on in lower case. */
const END = /[.!?…]["'”’»)\]]*(?=\s)|[。！？]|\n/g;
const TRAILING = /[ .,;:。、]+$/;

/** A title for what nobody else will name, by the server's own rule: a whole sentence wherever one fits. */
export function titleFrom(content: string): string {
  const line = firstSentence(
    Array.from(content)
      .slice(0, 10 * LONGEST)
      .join('')
      .trim(),
  );
  const characters = Array.from(line);
  if (characters.length <= LONGEST) return line.replace(TRAILING, '') || line;
  const room = characters.slice(0, LONGEST).join('');
  const words = room.slice(0, Math.max(0, room.lastIndexOf(' '))).replace(TRAILING, '');
  return `${words || characters.slice(0, LONGEST - 1).join('')}…`;
}

function firstSentence(text: string): string {
  for (const end of text.matchAll(END)) {
    const at = end.index + end[0].length;
    const sentence = inOneLine(text.slice(0, at));
    if (Array.from(sentence).length >= ENOUGH && !/^\s*\p{Ll}/u.test(text.slice(at))) return sentence;
  }
  return inOneLine(text);
}

function inOneLine(text: string): string {
  return text.trim().split(/\s+/u).join(' ');
}
