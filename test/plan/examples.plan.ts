/**
 * `npm run test:plan`: Terraform and the real provider judge every stack of the examples. What is absent is
 * skipped by name, with what would bring it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { EXAMPLE_NAMES, synthesizeInto } from '../../tools/examples';
import { planFaults } from './plan-review';
import {
  missingProvider,
  missingTerraform,
  planByTerraform,
  prepareForPlan,
  readByTerraform,
  withConfiguration,
} from './terraform';

interface Configuration {
  readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly terraform: { readonly required_providers: { readonly google: { version: string } } };
}

const place = mkdtempSync(join(tmpdir(), 'plan-'));

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

const STACKS = EXAMPLE_NAMES.flatMap((example) =>
  synthesizeInto(join(place, example), example).map((stack) => ({
    ...stack,
    name: `${example}/${stack.name}`,
  })),
);

const configuration = (terraformJson: string) => JSON.parse(terraformJson) as Configuration;
const { version } = configuration(STACKS[0]?.terraformJson ?? '').terraform.required_providers
  .google;
const noTerraform = missingTerraform();
const noPlan = noTerraform ?? missingProvider(version);

/** A test that needs a judge: run, or skipped with the reason in its name. */
function judged(missing: string | undefined, name: string, run: () => void): void {
  if (missing === undefined) test(name, run);
  else test.skip(`${name} (${missing})`, run);
}

describe('every stack of the examples', () => {
  for (const { name, directory, terraformJson } of STACKS) {
    judged(noTerraform, `${name} is read by Terraform`, () => {
      prepareForPlan(directory);
      readByTerraform(directory);
    });

    judged(noPlan, `${name} is valid, and its plan can be reviewed`, () => {
      const addresses = Object.entries(configuration(terraformJson).resource).flatMap(
        ([type, members]) => Object.keys(members).map((id) => `${type}.${id}`),
      );
      prepareForPlan(directory);
      expect(planFaults(planByTerraform(directory).plan, addresses)).toEqual([]);
    });
  }
});

describe('these judges', () => {
  judged(noTerraform, 'refuse what is no configuration', () => {
    const output = { value: 1, depends_on: ['${google_storage_bucket.a}'] };
    expect(() => {
      withConfiguration({ output: { output } }, readByTerraform);
    }).toThrow(/single static variable reference/);
  });

  /** Terraform's own provider is part of Terraform: the whole way of a plan, on any machine. */
  judged(noTerraform, 'say what is known only after apply', () => {
    const terraform_data = {
      first: { input: 'known' },
      second: { input: '${terraform_data.first.id}', triggers_replace: ['known'] },
    };
    const { plan } = withConfiguration({ resource: { terraform_data } }, planByTerraform);
    expect(plan.resource_changes).toMatchObject([
      {
        address: 'terraform_data.first',
        change: { actions: ['create'], after_unknown: { id: true, output: true } },
      },
      { address: 'terraform_data.second', change: { after_unknown: { id: true, input: true } } },
    ]);
    expect(plan.configuration.root_module.resources).toMatchObject([
      { address: 'terraform_data.first', expressions: { input: { constant_value: 'known' } } },
      {
        address: 'terraform_data.second',
        expressions: {
          input: { references: ['terraform_data.first.id', 'terraform_data.first'] },
          triggers_replace: { constant_value: ['known'] },
        },
      },
    ]);
  });
});
