// Lays out the npm packages of a release:
//   node npm/pack.mjs OUT [PLATFORM=BINARY]...
// makes OUT/leaklint, and OUT/PLATFORM for each binary, ready for `npm pack` and `npm publish`. The version and what is said
// of the project are Cargo.toml's, the platforms those of platforms.json.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const read = (path) => readFileSync(join(root, path), 'utf8');

const cargo = read('Cargo.toml');
const field = (name) => cargo.match(new RegExp(`^${name} = "(.*)"$`, 'm'))[1];
const platforms = JSON.parse(read('npm/platforms.json'));

const [out, ...binaries] = process.argv.slice(2);
if (!out) throw new Error('usage: node npm/pack.mjs OUT [PLATFORM=BINARY]...');

function lay(directory, manifest) {
  const common = { version: field('version'), license: field('license'), repository: `git+${field('repository')}.git` };
  const { name, ...rest } = manifest;
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ name, ...common, ...rest }, null, 2) + '\n');
  copyFileSync(join(root, 'LICENSE'), join(directory, 'LICENSE'));
}

const main = join(out, 'leaklint');
rmSync(main, { recursive: true, force: true });
cpSync(join(root, 'npm/leaklint'), main, { recursive: true });
copyFileSync(join(root, 'README.md'), join(main, 'README.md'));
// Where `leaklint init` points.
copyFileSync(join(root, 'schema/leaklint.schema.json'), join(main, 'schema.json'));
lay(main, {
  ...JSON.parse(read('npm/leaklint/package.json')),
  description: field('description'),
  keywords: cargo.match(/^keywords = \[(.*)\]$/m)[1].match(/[^",\s]+/g),
  optionalDependencies: Object.fromEntries(platforms.map(({ name }) => [`@leaklint/${name}`, field('version')])),
});

for (const each of binaries) {
  const [name, binary] = each.split(/=(.*)/s);
  const platform = platforms.find((platform) => platform.name === name);
  if (!platform) throw new Error(`${name}: no such platform in npm/platforms.json`);
  const directory = join(out, name);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const program = join(directory, platform.os === 'win32' ? 'leaklint.exe' : 'leaklint');
  copyFileSync(binary, program);
  chmodSync(program, 0o755);
  writeFileSync(join(directory, 'README.md'), `The program of leaklint for ${platform.target}. Install \`leaklint\`.\n`);
  lay(directory, {
    name: `@leaklint/${name}`,
    description: `The program of leaklint for ${platform.target}`,
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc && { libc: [platform.libc] }),
    files: [basename(program)],
    // A program cannot be started from within an archive.
    preferUnplugged: true,
  });
}
