/**
 * `npm run test:plan`: Terraform and the real provider judge every stack of the examples. What is absent is
 * skipped by name, with what would bring it.
 */
import { EXAMPLE_NAMES, synthesizeExample } from '../../tools/examples';
import { planFaults } from './plan-review';
import {
  inDirectory,
  missingProvider,
  missingTerraform,
  planByTerraform,
  readByTerraform,
} from './terraform';

interface Configuration {
  readonly resource: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly terraform: { readonly required_providers: { readonly google: { version: string } } };
}

const STACKS = EXAMPLE_NAMES.flatMap((example) =>
  synthesizeExample(example).map(
    ({ name, terraformJson }) => [`${example}/${name}`, terraformJson] as const,
  ),
);

const configuration = (terraformJson: string) => JSON.parse(terraformJson) as Configuration;
const [[, first] = ['', '']] = STACKS;
const { version } = configuration(first).terraform.required_providers.google;
const noTerraform = missingTerraform();
const noPlan = noTerraform ?? missingProvider(version);

/** A test that needs a judge: run, or skipped with the reason in its name. */
function judged(missing: string | undefined, name: string, run: () => void): void {
  if (missing === undefined) test(name, run);
  else test.skip(`${name} (${missing})`, run);
}

describe('every stack of the examples', () => {
  for (const [name, terraformJson] of STACKS) {
    judged(noTerraform, `${name} is read by Terraform`, () => {
      inDirectory(terraformJson, readByTerraform);
    });

    judged(noPlan, `${name} is valid, and its plan can be reviewed`, () => {
      const addresses = Object.entries(configuration(terraformJson).resource).flatMap(
        ([type, members]) => Object.keys(members).map((id) => `${type}.${id}`),
      );
      const { plan } = inDirectory(terraformJson, planByTerraform);
      expect(planFaults(plan, addresses)).toEqual([]);
    });
  }
});

describe('these judges', () => {
  judged(noTerraform, 'refuse what is no configuration', () => {
    const broken = JSON.stringify({
      terraform: {},
      output: { o: { value: 1, depends_on: ['${google_storage_bucket.a}'] } },
    });
    expect(() => {
      inDirectory(broken, readByTerraform);
    }).toThrow(/single static variable reference/);
  });

  /** Terraform's own provider is part of Terraform: the whole way of a plan, on any machine. */
  judged(noTerraform, 'say what is known only after apply', () => {
    const stack = JSON.stringify({
      terraform: {},
      resource: {
        terraform_data: {
          first: { input: 'known' },
          second: { input: '${terraform_data.first.id}', triggers_replace: ['known'] },
        },
      },
    });
    const { plan } = inDirectory(stack, planByTerraform);
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
