import { parseArgs } from 'node:util';

export const BENCH_GROUPS = ['normalize', 'objects', 'function', 'apply', 'synth'] as const;
export type BenchGroup = (typeof BENCH_GROUPS)[number];

export interface BenchOptions {
  /** In the order in which they run. */
  readonly groups: readonly BenchGroup[];
  readonly rows: number;
  readonly workspaces: number;
}

export const BENCH_USAGE = `npm run bench -- [GROUP...] [--rows N] [--workspaces N]

Prints ratios against a named baseline: the median of five interleaved runs, each in its own process.

  GROUP           ${BENCH_GROUPS.join(', ')}; all of them if none is named
  --rows N        lines or changes of the input; 1000000 if it is left out
  --workspaces N  workspaces of the app that is synthesized; 400 if it is left out
  --help          prints this text
`;

/** Reads the arguments. Prints the usage and ends the process for `--help` (exit code 0) and wrong ones (2). */
export function benchOptions(args: readonly string[]): BenchOptions {
  try {
    const parsed = parseBenchOptions(args);
    if (parsed !== 'help') return parsed;
    process.stdout.write(BENCH_USAGE);
  } catch (error) {
    process.stderr.write(`bench: ${(error as Error).message}\n\n${BENCH_USAGE}`);
    process.exit(2);
  }
  process.exit(0);
}

/** @throws an error whose message names the argument that is wrong. */
export function parseBenchOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: '1000000' },
      workspaces: { type: 'string', default: '400' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const unknown = positionals.find((name) => !isGroup(name));
  if (unknown !== undefined) {
    throw new Error(`unknown group '${unknown}'; allowed: ${BENCH_GROUPS.join(', ')}`);
  }
  return {
    groups: BENCH_GROUPS.filter((group) => positionals.length === 0 || positionals.includes(group)),
    rows: parseCount('--rows', values.rows),
    workspaces: parseCount('--workspaces', values.workspaces),
  };
}

function isGroup(name: string): name is BenchGroup {
  return (BENCH_GROUPS as readonly string[]).includes(name);
}

function parseCount(option: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`${option}: '${text}' is no whole number above 0`);
}
