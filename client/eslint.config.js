import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

export default defineConfig(
  globalIgnores([
    '**/dist',
    '**/node_modules',
    '**/test-results',
    '**/playwright-report',
    'sdk/src/wire/contract.ts',
  ]),
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': true, minimumDescriptionLength: 1000 },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'URL', property: 'parse', message: 'Safari 17 and Node 20 do not have it.' },
      ],
      // Numbers in template strings read well and print well.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A key left out of a copy is named to be left out.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // An arrow that only passes a call on is the usual shape of an event handler.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
    },
  },
  {
    files: ['react/**', 'assistant-ui/**', 'examples/**', 'app/**'],
    extends: [reactHooks.configs.flat.recommended],
  },
  { files: ['**/*.mjs', '*.js'], languageOptions: { globals: globals.node } },
);
