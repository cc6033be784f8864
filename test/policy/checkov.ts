import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ROOT } from '../../docs/tools/examples';
import type { Configuration } from '../plan/judges';
import type { Finding } from './rules';

const ENVIRONMENT = '.cache/checkov';
const INSTALLED = join(ROOT, ENVIRONMENT, 'bin', 'checkov');
const CHECKOV = existsSync(INSTALLED) ? INSTALLED : 'checkov';

/** Why Checkov cannot judge here; undefined if it can. */
export function missingCheckov(): string | undefined {
  return spawnSync(CHECKOV, ['--version']).status === 0
    ? undefined
    : `Checkov is not installed: python3 -m venv ${ENVIRONMENT} && ${ENVIRONMENT}/bin/pip install -r test/policy/requirements.txt`;
}

/** What Checkov finds in a plan in JSON. It asks no service. */
export function checkovFindings(planJson: string): Finding[] {
  const directory = mkdtempSync(join(tmpdir(), 'checkov-'));
  try {
    const file = join(directory, 'plan.json');
    writeFileSync(file, planJson);
    const { stdout, stderr } = spawnSync(
      CHECKOV,
      ['-f', file, '--framework', 'terraform_plan', '--skip-download', '--compact', '-o', 'json'],
      { encoding: 'utf8' },
    );
    if (stdout === '') throw new Error(stderr);
    const report = JSON.parse(stdout) as {
      results?: {
        passed_checks: unknown[];
        failed_checks: { check_id: string; resource: string }[];
      };
    };
    if (!report.results?.passed_checks.length) throw new Error(`nothing was checked: ${stdout}`);
    return report.results.failed_checks.map((check) => ({
      rule: check.check_id,
      address: check.resource,
    }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Attributes that are maps; any other object of synthesized JSON is a block. */
const MAPS = new Set(['labels', 'params', 'environment_variables']);

/** Not attributes. */
const META = new Set(['//', 'depends_on', 'lifecycle']);

/**
 * Synthesized values in the form of a plan, for where none can be made. References stay unresolved, so that
 * rules about them hold without reason: a plan is the better input.
 */
export function inFormOfPlan({ resource }: Pick<Configuration, 'resource'>): string {
  const resources = Object.entries(resource).flatMap(([type, members]) =>
    Object.entries(members).map(([name, attributes]) => ({
      address: `${type}.${name}`,
      mode: 'managed',
      type,
      name,
      values: asPlanned(attributes),
    })),
  );
  return JSON.stringify({
    format_version: '1.2',
    terraform_version: '1.11.4',
    planned_values: { root_module: { resources } },
    resource_changes: resources.map(({ values, ...place }) => ({
      ...place,
      change: { actions: ['create'], before: null, after: values, after_unknown: {} },
    })),
    configuration: {
      root_module: {
        resources: resources.map(({ address, type, name }) => ({ address, type, name })),
      },
    },
  });
}

/** Plans show every block in a list. */
function asPlanned(attributes: object): object {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => !META.has(name))
      .map(([name, value]: [string, unknown]) => {
        if (typeof value !== 'object' || value === null || MAPS.has(name)) return [name, value];
        const blocks: readonly unknown[] = Array.isArray(value) ? value : [value];
        return [
          name,
          blocks.map((one) => (typeof one === 'object' && one !== null ? asPlanned(one) : one)),
        ];
      }),
  );
}
