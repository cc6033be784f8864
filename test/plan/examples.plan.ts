/**
 * `npm run test:plan`: Terraform and the real provider judge every stack of the examples. What is absent is
 * skipped by name, with what would bring it.
 */
import { configurationOf, exampleStacks, judged, missingFor } from './judges';
import { planFaults } from './plan-review';
import { planByTerraform, prepareForPlan, readByTerraform, withConfiguration } from './terraform';

const STACKS = exampleStacks();
const missing = missingFor(STACKS);

describe('every stack of the examples', () => {
  for (const stack of STACKS) {
    const { name, directory } = stack;
    judged(missing.reading, `Terraform reads the configuration of ${name}`, () => {
      prepareForPlan(directory);
      readByTerraform(directory);
    });

    judged(missing.planning, `${name} is valid, and a reviewer can read its plan`, () => {
      const addresses = Object.entries(configurationOf(stack).resource).flatMap(([type, members]) =>
        Object.keys(members).map((id) => `${type}.${id}`),
      );
      prepareForPlan(directory);
      expect(planFaults(planByTerraform(directory).plan, addresses)).toEqual([]);
    });
  }
});

describe('these judges', () => {
  judged(missing.reading, 'Terraform refuses what is no configuration', () => {
    const output = { value: 1, depends_on: ['${google_storage_bucket.a}'] };
    expect(() => {
      withConfiguration({ output: { output } }, readByTerraform);
    }).toThrow(/single static variable reference/);
  });

  /** Terraform's own provider is part of Terraform: the whole way of a plan, on any machine. */
  judged(missing.reading, 'The plan says what is known only after apply', () => {
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
