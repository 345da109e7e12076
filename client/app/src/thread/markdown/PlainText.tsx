import { memo, useMemo, type ClipboardEvent } from 'react';
import { useGradually } from './useGradually';

/** Characters of one element: browsers take the square of what stands in one, where letters run both ways. */
const PIECE = 2_000;
/** Characters that are added to the page in one turn, of ordinary ones. */
const TURN = 20_000;
/** Ordinary characters that take as long as a pair of surrogates, such as an emoji: of 2,500 families 270 ms went. */
const PAIR = 8;

interface PlainTextProps {
  readonly text: string;
  /** Whether it is going to be shown in another way. */
  readonly isWaiting?: boolean;
}

/** A text as it was written. A long one comes piece by piece, so that the page does not stand still for it. */
export const PlainText = memo(function PlainText({ text, isWaiting = false }: PlainTextProps) {
  const pieces = useMemo(() => cut(text), [text]);
  const sizes = useMemo(() => pieces.map(sizeOf), [pieces]);
  const count = useGradually(sizes, TURN);
  return (
    <div className="plainText" aria-busy={isWaiting || count < pieces.length} onCopy={copy}>
      {pieces.length === 1
        ? text
        : pieces.slice(0, count).map((piece, at) => <Piece key={at} text={piece} />)}
    </div>
  );
});

const Piece = memo(function Piece({ text }: { text: string }) {
  return <div>{text}</div>;
});

/** What is copied is what was written: where one piece ends and the next begins, no line does. */
function copy(event: ClipboardEvent): void {
  const selection = window.getSelection();
  if (!selection || selection.rangeCount === 0) return;
  const range = selection.getRangeAt(0);
  if (!event.currentTarget.contains(range.commonAncestorContainer)) return;
  event.clipboardData.setData('text/plain', range.cloneContents().textContent);
  event.preventDefault();
}

/** How long a piece takes to be laid out, as many ordinary characters do. */
function sizeOf(piece: string): number {
  return piece.length + PAIR * (piece.match(/[\ud800-\udbff]/g)?.length ?? 0);
}

/** Cut behind line endings; within a line only where it is longer than a piece, and there behind a space if there is one. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > PIECE) {
    const end = endOf(text, start);
    pieces.push(text.slice(start, end));
    start = end;
  }
  return [...pieces, text.slice(start)];
}

function endOf(text: string, start: number): number {
  const piece = text.slice(start, start + PIECE);
  const behind = Math.max(piece.lastIndexOf('\n'), 0) || Math.max(piece.lastIndexOf(' '), 0);
  if (behind > 0) return start + behind + 1;
  const isHalf = /[\ud800-\udbff]$/.test(piece);
  return start + PIECE - (isHalf ? 1 : 0);
}
