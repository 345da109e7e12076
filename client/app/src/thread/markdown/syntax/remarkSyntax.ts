import type { Processor } from 'unified';
import { eastAsianFlanks } from './flanks';
import { formulaNodes } from './formulaNodes';
import { formulasInFlow } from './formulasInFlow';
import { formulasInText } from './formulasInText';

/** What is written in conversations beside Markdown: formulas, and emphasis between East Asian letters. */
export function remarkSyntax(this: Processor): void {
  const data = this.data();
  const micromark = (data.micromarkExtensions ??= []);
  const fromMarkdown = (data.fromMarkdownExtensions ??= []);
  micromark.push(eastAsianFlanks(), { flow: formulasInFlow, text: formulasInText });
  fromMarkdown.push(formulaNodes);
}
