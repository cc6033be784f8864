import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Importing the provider's barrel costs seconds and hundreds of megabytes; deep imports cost neither. */
const providerBarrel = {
  name: '@cdktf/provider-google',
  message: 'Import @cdktf/provider-google/lib/<resource>: the barrel loads every resource.',
};
const privateCdktf = {
  group: ['cdktf/lib/*'],
  message: 'cdktf/lib is private to cdktf; use what the package exports.',
};

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdktf.out', 'coverage', '.cache'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-imports': ['error', { paths: [providerBarrel], patterns: [privateCdktf] }],
      // Numbers and booleans in messages and SQL are meant.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  {
    files: ['runtime/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [providerBarrel],
          patterns: [
            privateCdktf,
            {
              group: ['**/lib', '**/lib/**', 'cdktf', 'constructs', '@cdktf/**'],
              message:
                'The data plane knows nothing of Terraform: runtime/ imports nothing of lib/.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['docs/tools/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [providerBarrel],
          patterns: [
            privateCdktf,
            {
              group: ['**/test/**'],
              message: 'Tests import the tools that write the docs, not the other way round.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    languageOptions: {
      globals: {
        module: 'writable',
        require: 'readonly',
        process: 'readonly',
        console: 'readonly',
      },
    },
  },
);
