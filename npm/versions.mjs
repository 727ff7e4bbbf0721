// Checks that all that names the version of a release agrees with Cargo.toml:
//   node npm/versions.mjs TAG [OUT]
// the tag, Cargo.lock, the changelog, the pages that say how to install, and the packages that pack.mjs has laid out in OUT.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const read = (path) => readFileSync(path, 'utf8');
const [tag, out] = process.argv.slice(2);
const version = read('Cargo.toml').match(/^version = "(.*)"$/m)[1];
const platforms = JSON.parse(read('npm/platforms.json')).map(({ name }) => name);
const wrong = [];
const expect = (what, found, expected = version) => {
  if (found !== expected) wrong.push(`${what}: ${found}, not ${expected}`);
};

expect('the tag', tag, `v${version}`);
expect('Cargo.lock', read('Cargo.lock').match(/name = "leaklint"\nversion = "(.*)"/)[1]);
const [heading] = read('CHANGELOG.md').match(/^## .*$/m);
if (!/^## \S+ \(\d{4}-\d\d-\d\d\)$/.test(heading)) wrong.push(`CHANGELOG.md: "${heading}" has no date`);
expect('CHANGELOG.md', heading.split(' ')[1]);
for (const page of ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)].filter((name) => name.endsWith('.md'))) {
  for (const [, found] of read(page).matchAll(/(?:leaklint@|rev: |--tag )v(\d\S*)/g)) expect(page, found);
}

if (out) {
  const packages = ['leaklint', ...platforms];
  for (const name of packages) {
    const path = join(out, name, 'package.json');
    if (existsSync(path)) expect(name, JSON.parse(read(path)).version);
    else wrong.push(`${name}: not in ${out}`);
  }
  const { optionalDependencies } = JSON.parse(read(join(out, 'leaklint/package.json')));
  expect('leaklint depends on', Object.keys(optionalDependencies).join(), platforms.map((name) => `@leaklint/${name}`).join());
  for (const [name, found] of Object.entries(optionalDependencies)) expect(`leaklint depends on ${name}`, found);
}

if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
console.log(`all is of version ${version}`);
