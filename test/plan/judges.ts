import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXAMPLE_NAMES, synthesizeInto, type ExampleStack } from '../../docs/tools/examples';
import { missingProvider, missingTerraform } from './terraform';

export interface Configuration {
  readonly resource: Readonly<Record<string, Readonly<Record<string, Record<string, unknown>>>>>;
  readonly terraform: {
    readonly required_providers: { readonly google: { readonly version: string } };
  };
}

/** A test that needs outside judges: run, or skipped with the reason in its name. */
export function judged(missing: string | undefined, name: string, run: () => void): void {
  if (missing === undefined) test(name, run);
  else test.skip(`${name} (${missing})`, run);
}

/** Every stack of the examples, in a directory that goes when the tests of a file are done. */
export function exampleStacks(): readonly ExampleStack[] {
  const place = mkdtempSync(join(tmpdir(), 'examples-'));
  afterAll(() => {
    rmSync(place, { recursive: true, force: true });
  });
  return EXAMPLE_NAMES.flatMap((example) =>
    synthesizeInto(join(place, example), example).map((stack) => ({
      ...stack,
      name: `${example}/${stack.name}`,
    })),
  );
}

export function configurationOf(stack: ExampleStack): Configuration {
  return JSON.parse(stack.terraformJson) as Configuration;
}

/** What is missing for Terraform to read, and to plan, these stacks. */
export function missingFor(stacks: readonly ExampleStack[]): {
  readonly reading: string | undefined;
  readonly planning: string | undefined;
} {
  const [stack] = stacks;
  if (!stack) throw new Error('there are no examples');
  const reading = missingTerraform();
  const { version } = configurationOf(stack).terraform.required_providers.google;
  return { reading, planning: reading ?? missingProvider(version) };
}
