import pluginVue from 'eslint-plugin-vue'
import tseslint from 'typescript-eslint'

/** Rules of the house that ESLint can see; the import rules are in `.dependency-cruiser.mjs`. */
const HOUSE = {
  'max-lines': ['error', { max: 280, skipBlankLines: true, skipComments: true }],
  'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
  complexity: ['error', 12],
  'no-console': 'error',
  eqeqeq: 'error',
  'no-restricted-syntax': [
    'error',
    { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that holds the idea.' },
    { selector: 'TSEnumDeclaration', message: 'No enums: use a union of literals.' },
    {
      selector: 'MemberExpression[object.name="process"][property.name="env"]',
      message: 'The environment is read in relay/config.ts only.',
    },
  ],
  '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
}

export default tseslint.config(
  { ignores: ['node_modules', '.output', '.wxt', '.aside', '.cache', 'tests/fixtures'] },
  {
    files: ['**/*.ts', '**/*.vue'],
    extends: [tseslint.configs.strictTypeChecked, pluginVue.configs['flat/recommended']],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        project: ['shared/tsconfig.json', 'relay/tsconfig.json', 'extension/tsconfig.json', 'tests/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      ...HOUSE,
      // Prettier owns the layout of templates.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'error',
    },
  },
  {
    files: ['**/*.test.ts', 'tests/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-syntax': ['error', ...HOUSE['no-restricted-syntax'].slice(1, 3)],
    },
  },
  {
    // Scripts that run before anything is installed: no types there, so names are checked by hand.
    files: ['**/*.mjs', '**/*.cjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'performance',
          '__filename',
          'console',
          'Buffer',
          'URL',
          'fetch',
          'require',
          'setTimeout',
          'clearTimeout',
          'setInterval',
          'clearInterval',
          'AbortController',
          'AbortSignal',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_' }], eqeqeq: 'error' },
  },
  { files: ['relay/main.ts'], rules: { 'no-console': 'off' } },
  {
    files: ['relay/config.ts', 'relay/main.ts'],
    rules: { 'no-restricted-syntax': ['error', ...HOUSE['no-restricted-syntax'].slice(1, 3)] },
  },
  {
    files: ['extension/offscreen/**', 'extension/entrypoints/offscreen/**', 'extension/speaker/**'],
    rules: {
      // An offscreen document has chrome.runtime and nothing else.
      'no-restricted-properties': [
        'error',
        ...['storage', 'tabs', 'i18n', 'scripting', 'sidePanel', 'action', 'windows', 'permissions'].flatMap(
          (property) => [
            { object: 'browser', property, message: 'The offscreen document has browser.runtime only.' },
            { object: 'chrome', property, message: 'The offscreen document has browser.runtime only.' },
          ],
        ),
      ],
    },
  },
)
