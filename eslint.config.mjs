import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** The rooms of `runtime/`, and which others each one imports. */
const RUNTIME_ROOMS = {
  fields: [],
  sources: ['fields'],
  normalize: ['fields', 'sources'],
  warehouse: ['fields'],
  ingest: ['fields', 'sources', 'normalize', 'warehouse'],
  google: ['fields', 'sources', 'normalize', 'warehouse', 'ingest'],
  local: ['fields', 'sources', 'normalize', 'warehouse', 'ingest'],
  function: ['fields', 'sources', 'normalize', 'warehouse', 'ingest', 'google'],
};

/** The rooms of `lib/`, and which others each one imports. */
const LIB_ROOMS = {
  erasure: [],
  workspace: ['erasure'],
  props: ['erasure', 'workspace'],
  landing: ['erasure', 'workspace'],
  ingest: ['erasure', 'workspace'],
  warehouse: ['erasure', 'workspace'],
  monitoring: ['erasure', 'workspace'],
  review: [],
  cli: ['workspace'],
};

/** Rooms that may name the types of other rooms, because these hand them something. */
const TAKES_TYPES = ['landing', 'ingest', 'warehouse', 'monitoring'];

/** Importing the provider's barrel costs seconds and hundreds of megabytes; deep imports cost neither. */
const providerBarrel = {
  regex: '^@cdktf/provider-google$',
  message: 'Import @cdktf/provider-google/lib/<resource>: the barrel loads every resource.',
};
const privateCdktf = {
  regex: '^cdktf/lib(?:/|$)',
  message: 'cdktf/lib is private to cdktf; use what the package exports.',
};
const ownBarrel = {
  regex:
    '^\\.\\.?(?:/\\.\\.)*/?$|^(?:\\.\\./)+(?:lib|runtime)/?$|^(?:\\.{1,2}/)+(?:lib/|runtime/)?index(?:\\.js)?$',
  message: 'Import the file: index.ts is for users of the package, and loads everything.',
};
const controlPlane = {
  regex: '^(?:\\.\\./)+lib/|^(?:cdktf|constructs|@cdktf)(?:/|$)',
  message: 'The data plane knows nothing of Terraform: runtime/ imports nothing of lib/.',
};

/** All the imports that are refused in one place: a later entry of the configuration replaces an earlier one. */
function refuseImports(...patterns) {
  return {
    '@typescript-eslint/no-restricted-imports': [
      'error',
      { patterns: [providerBarrel, privateCdktf, ...patterns] },
    ],
  };
}

/** One entry a room: refuses to import the rooms that its list does not name. */
function boundaries(root, rooms, ...patterns) {
  return Object.entries(rooms).map(([room, imports]) => {
    const others = Object.keys(rooms).filter((name) => name !== room && !imports.includes(name));
    const allowTypeImports = root === 'lib' && TAKES_TYPES.includes(room);
    const boundary = {
      regex: `^(?:\\.\\./)+(?:${others.join('|')})/`,
      message: `${root}/${room} may import ${imports.join(', ') || 'no other room'}${allowTypeImports ? ', and types of the others' : ''}.`,
      allowTypeImports,
    };
    return {
      files: [`${root}/${room}/**/*.ts`],
      rules: refuseImports(ownBarrel, ...patterns, boundary),
    };
  });
}

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'cdktf.out', 'coverage', '.cache'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json' } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      ...refuseImports(),
      // Numbers and booleans in messages and SQL are meant.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
    },
  },
  { files: ['lib/*.ts'], rules: refuseImports(ownBarrel) },
  { files: ['runtime/*.ts'], rules: refuseImports(ownBarrel, controlPlane) },
  ...boundaries('runtime', RUNTIME_ROOMS, controlPlane),
  ...boundaries('lib', LIB_ROOMS),
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
