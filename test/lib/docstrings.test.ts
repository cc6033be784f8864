import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { Declarations } from '../../docs/tools/declarations';

const root = join(__dirname, '..', '..');

/** The readme's examples are compiled and synthesized. */
test('The example in the docstring of AudienceImport is the first one of the readme', () => {
  const source = readFileSync(join(root, 'lib', 'audience-import.ts'), 'utf8');
  const readme = readFileSync(join(root, 'README.md'), 'utf8');
  const [, example = ''] = /@example\n([\s\S]*?)\n \*\/\nexport class/.exec(source) ?? [];
  const [, first] = /```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  expect(`${example.replaceAll(/^ \* ?/gm, '')}\n`).toBe(first);
});

test('Every public field and method of the construct and of its parts says what it is', () => {
  const declarations = new Declarations();
  const parts = declarations.classFields('AudienceImport');
  const classes = parts.flatMap(({ className }) => (className ? [className] : []));
  expect(classes.length).toBeGreaterThan(8);
  const members = ['AudienceImport', 'Schedule', 'InvalidPropsError', ...classes].flatMap((name) =>
    [...declarations.classFields(name), ...declarations.classMethods(name)].map(
      (member) => [`${name}.${member.name}`, member.text] as const,
    ),
  );
  const public_ = members.filter(([name]) => !name.includes('.#'));
  expect(public_.filter(([, text]) => text === '').map(([name]) => name)).toEqual([]);
});

test('Every prop and threshold says what it is', () => {
  const declarations = new Declarations();
  const members = ['AudienceImportProps', 'AlertThresholds'].flatMap((name) =>
    declarations.interfaceMembers(name),
  );
  expect(members.filter(({ text }) => text === '').map(({ name }) => name)).toEqual([]);
});
