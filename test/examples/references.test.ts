import { EXAMPLE_NAMES, synthesizedTexts } from '../../docs/tools/examples';
import { parsed, type SynthesizedStack } from '../support/stacks/stacks';

/** Addresses that something in the stack refers to, but nothing in it declares. */
function danglingReferences(stack: SynthesizedStack): string[] {
  const declared = new Set(
    Object.entries(stack.resource).flatMap(([type, members]) =>
      Object.keys(members).map((id) => `${type}.${id}`),
    ),
  );
  const referred = new Set<string>();
  JSON.stringify([stack.resource, stack.output], (key, value: unknown) => {
    if (key === 'depends_on') for (const address of value as string[]) referred.add(address);
    else if (typeof value === 'string') {
      for (const [, address = ''] of value.matchAll(/(?<!\$)\$\{(\w+\.[\w-]+)/g))
        referred.add(address);
    }
    return value;
  });
  return [...referred].filter((address) => !declared.has(address));
}

test.each(
  EXAMPLE_NAMES.flatMap((example) =>
    [...synthesizedTexts(example)].map(([name, text]) => [`${example}/${name}`, text] as const),
  ),
)('The stack %s refers only to what it declares', (_, terraformJson) => {
  expect(danglingReferences(parsed(terraformJson))).toEqual([]);
});

test('The check finds a reference to nothing, in a value and in a dependency', () => {
  const stack = parsed(
    JSON.stringify({
      resource: {
        google_storage_bucket: { a: { name: 'x', depends_on: ['google_storage_bucket.b'] } },
        google_storage_bucket_iam_member: { g: { bucket: '${google_storage_bucket.c.name}' } },
      },
      output: {},
    }),
  );
  expect(danglingReferences(stack)).toEqual(['google_storage_bucket.b', 'google_storage_bucket.c']);
});
