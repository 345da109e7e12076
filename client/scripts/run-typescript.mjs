/** Runs the TypeScript at standard input as a module of this workspace. Its types are not checked here. */

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
const { outputText } = ts.transpileModule(await text(process.stdin), { compilerOptions });
const program = spawn(process.execPath, ['--input-type=module', '--eval', outputText], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: ['ignore', 'inherit', 'inherit'],
});
program.on('exit', (code) => (process.exitCode = code ?? 1));
