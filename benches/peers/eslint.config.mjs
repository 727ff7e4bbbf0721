// What ESLint and its plugins are asked: every rule that could tell a leak from code that does not leak, also those
// that their presets leave off.
import listeners from 'eslint-plugin-listeners';
import observers from 'eslint-plugin-observers';
import hooks from 'eslint-plugin-react-hooks';
import webApi from 'eslint-plugin-react-web-api';
import rxjsAngular from 'eslint-plugin-rxjs-angular-x';
import rxjs from 'eslint-plugin-rxjs-x';
import sonarjs from 'eslint-plugin-sonarjs';
import unicorn from 'eslint-plugin-unicorn';
import vue from 'eslint-plugin-vue';
import wc from 'eslint-plugin-wc';
import globals from 'globals';
import typescript from 'typescript-eslint';
import vueParser from 'vue-eslint-parser';

const all = (prefix, plugin) => Object.fromEntries(Object.keys(plugin.rules).map((name) => [`${prefix}/${name}`, 'error']));

export default [
  {
    files: ['**/*.{js,ts,tsx,vue}'],
    languageOptions: {
      parser: typescript.parser,
      parserOptions: { project: './tsconfig.json', extraFileExtensions: ['.vue'], ecmaFeatures: { jsx: true } },
      globals: { ...globals.browser, ...globals.node },
    },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins: {
      '@typescript-eslint': typescript.plugin,
      listeners,
      observers,
      'react-hooks': hooks,
      'react-web-api': webApi,
      'rxjs-angular-x': rxjsAngular,
      'rxjs-x': rxjs,
      sonarjs,
      unicorn,
      vue,
      wc,
    },
    rules: {
      'no-extend-native': 'error',
      'no-global-assign': 'error',
      'no-implicit-globals': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      ...all('listeners', listeners),
      ...all('observers', observers),
      'react-hooks/exhaustive-deps': 'error',
      ...all('react-web-api', webApi),
      'rxjs-angular-x/prefer-async-pipe': 'error',
      'rxjs-angular-x/prefer-composition': 'error',
      'rxjs-angular-x/prefer-takeuntil': 'error',
      'rxjs-x/no-connectable': 'error',
      'rxjs-x/no-floating-observables': 'error',
      'rxjs-x/no-ignored-replay-buffer': 'error',
      'rxjs-x/no-ignored-subscription': 'error',
      'rxjs-x/no-nested-subscribe': 'error',
      'rxjs-x/no-sharereplay': 'error',
      'rxjs-x/no-sharereplay-before-takeuntil': 'error',
      'rxjs-x/no-unsafe-takeuntil': 'error',
      'sonarjs/constructor-for-side-effects': 'error',
      'sonarjs/declarations-in-global-scope': 'error',
      'sonarjs/memoize-cache-key': 'error',
      'sonarjs/no-built-in-override': 'error',
      'sonarjs/no-debounce-throttle-in-render': 'error',
      'sonarjs/no-implicit-global': 'error',
      'sonarjs/no-unused-collection': 'error',
      'unicorn/no-global-object-property-assignment': 'error',
      'unicorn/no-invalid-remove-event-listener': 'error',
      'unicorn/no-using-resource-escape': 'error',
      'unicorn/prefer-dispose': 'error',
      'vue/no-expose-after-await': 'error',
      'vue/no-lifecycle-after-await': 'error',
      'vue/no-watch-after-await': 'error',
      'wc/require-listener-teardown': 'error',
    },
  },
  // In TypeScript the compiler does this, and the rule does not know names of types.
  { files: ['**/*.js'], rules: { 'no-undef': 'error' } },
  { files: ['**/*.vue'], languageOptions: { parser: vueParser, parserOptions: { parser: typescript.parser } } },
];
