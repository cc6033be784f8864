import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DatabaseError } from '../../runtime/local/duckdb-database';
import { StoreError } from '../../runtime/ingest/stores';
import { SweepError } from '../../runtime/ingest/sweep';
import { WarehouseError } from '../../runtime/ingest/loader';
import { closestName } from '../workspace/closest';
import { PACKAGE_VERSION } from '../workspace/version';
import { UsageError, type CommandIo } from './output/command-io';
import { apply } from './commands/apply';
import { normalizeFile } from './commands/normalize';
import { show, SHOWN, type Shown } from './commands/show';
import { SQL_TEXTS, writeSql, type SqlText } from './commands/sql';
import { oneLine } from './output/printable';
import { ROW_FORMATS, type RowFormat } from './output/row-format';

/** Exit codes of every command. */
export const EXIT = {
  done: 0,
  /** Something was rejected: `normalize`, and `apply --strict`. */
  rejections: 1,
  /** The command was called wrongly, or something could not be read or written. */
  usage: 2,
  /** A defect of this program: EX_SOFTWARE of sysexits.h. */
  defect: 70,
} as const;

const HELP_ON_EXIT_CODES = `
Exit codes:
  0   done
  1   something was rejected (normalize, and apply with --strict)
  2   wrong usage, or something cannot be read or written
  70  a defect of this program, with a stack trace
`;

/**
 * Runs one command line.
 *
 * @returns one of {@link EXIT}. Every fault that a user can cause is one line on standard error.
 */
export async function main(argv: readonly string[], io: CommandIo): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = commandLine(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!isUserFacing(error)) throw error;
    io.stderr.write(`audience-import: ${oneLine(error.message)}\n`);
    return EXIT.usage;
  }
}

interface ApplyFlags {
  readonly database: string;
  readonly json?: true;
  readonly strict?: true;
}

function commandLine(io: CommandIo, exit: (code: number) => void): Command {
  const program = new Command('audience-import')
    .description(
      'Import mParticle audience membership changes, on this machine or as SQL to schedule.',
    )
    .version(PACKAGE_VERSION)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: (text, write) => {
        write(`audience-import: ${oneLine(text.replace(/^error: /, '').trimEnd())}\n`);
      },
    })
    .addHelpText('afterAll', HELP_ON_EXIT_CODES);

  program
    .command('apply')
    .description('ingest landing objects that are new, apply them, and print a summary')
    .argument(
      '<path...>',
      'files, or directories of files, in a delivered format; links are followed',
    )
    .requiredOption('--database <file>', 'the database file; created if it does not exist', filled)
    .option('--json', 'print the summary as one JSON object')
    .option(
      '--strict',
      'exit with 1 if anything was rejected; what was accepted is applied all the same',
    )
    .action(async (paths: string[], options: ApplyFlags) => {
      const { database, json = false, strict = false } = options;
      const { rejected, unread } = await apply(paths, { database, json }, io);
      if (unread.length > 0) exit(EXIT.usage);
      else if (strict && rejected > 0) exit(EXIT.rejections);
    });

  program
    .command('show')
    .description('print a published view, or the rejected changes')
    .addArgument(choice('<view>', 'what to print', SHOWN))
    .requiredOption('--database <file>', 'a database file that apply created', filled)
    .addOption(
      new Option('--format <format>', 'how to print it').choices(ROW_FORMATS).default('table'),
    )
    .action(async (view: Shown, options: { database: string; format: RowFormat }) => {
      await show(view, options.database, options.format, io);
    });

  program
    .command('normalize')
    .description(
      'print the changes of one delivered file as the five documented fields, one JSON a line',
    )
    .argument('<file>', 'a file in a delivered format, or - for standard input')
    .option('--name <name>', 'the object name, where it is not that of the file', filled)
    .action(async (file: string, options: { name?: string }) => {
      const rejections = await normalizeFile(file, options.name, io);
      if (rejections > 0) exit(EXIT.rejections);
    });

  program
    .command('sql')
    .description('print the SQL that the construct schedules or publishes')
    .addArgument(choice('<text>', 'what to print', SQL_TEXTS))
    .action(async (text: SqlText) => {
      await writeSql(text, io);
    });

  return program;
}

/** An argument that is one of a list. Its help lists them, and a misspelt one is answered with the one meant. */
function choice(name: string, description: string, allowed: readonly string[]): Argument {
  return new Argument(name, description).choices(allowed).argParser((given: string) => {
    if (allowed.includes(given)) return given;
    const meant = closestName(given, allowed);
    const suggestion = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new InvalidArgumentError(`Allowed choices are ${allowed.join(', ')}.${suggestion}`);
  });
}

function filled(given: string): string {
  if (given.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return given;
}

/** Errors whose message says what the user can do. Any other is a defect of this program and keeps its stack trace. */
function isUserFacing(error: unknown): error is Error {
  if (error instanceof SweepError) return isUserFacing(error.cause);
  return (
    error instanceof UsageError ||
    error instanceof DatabaseError ||
    error instanceof StoreError ||
    error instanceof WarehouseError ||
    (error instanceof Error && 'syscall' in error)
  );
}
