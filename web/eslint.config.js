import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Each folder may import itself and the listed ones; nothing else of ours. */
const rooms = {
  wire: [],
  mls: ['wire', 'verify'],
  verify: ['wire'],
  call: ['wire'],
  worker: ['wire', 'mls', 'verify'],
  shell: ['wire', 'call', 'worker', 'verify'],
  ui: ['call'],
};

/** wire/ and call/ are functions of their arguments: time and chance come in from the shell. */
const impureGlobals = [
  { name: 'Date', message: 'Take `now` as an argument.' },
  { name: 'console', message: 'Return an effect.' },
];
const impureProperties = [
  { object: 'Math', property: 'random', message: 'Draw from the generator in the state.' },
];

const room = ([name, allowed]) => ({
  files: [`src/${name}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: Object.keys(rooms)
          .filter((other) => other !== name && !allowed.includes(other))
          .map((other) => ({
            regex: `(^|/)${other}/`,
            message: `${name}/ must not know ${other}/.`,
          })),
      },
    ],
    ...(name === 'wire' || name === 'call'
      ? {
          'no-restricted-globals': ['error', ...impureGlobals],
          'no-restricted-properties': ['error', ...impureProperties],
        }
      : {}),
  },
});

export default tseslint.config(
  { ignores: ['dist/', 'dist-audit/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      'no-console': 'error',
      'max-lines': ['error', 400],
    },
  },
  ...Object.entries(rooms).map(room),
);
