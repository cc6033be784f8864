import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

const READY_MS = 60_000;
const KEPT_OUTPUT = 4096;

export interface ProgramStart {
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Answers as soon as the program serves. */
  readonly url: string;
}

/** A server program that ends when it is stopped, and at the latest with this process, however that ends. */
export class RunningProgram {
  private said = '';

  private constructor(
    private readonly path: string,
    private readonly keeper: ChildProcessByStdio<Writable, Readable, Readable>,
  ) {
    for (const stream of [keeper.stdout, keeper.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.said = (this.said + text).slice(-KEPT_OUTPUT);
      });
    }
  }

  /** Starts a program and waits until it serves. @throws with its output when it does not. */
  static async start({ path, args, env, url }: ProgramStart): Promise<RunningProgram> {
    const keeper = spawn(process.execPath, [join(__dirname, 'keeper.js'), path, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const program = new RunningProgram(path, keeper);
    const giveUpAt = Date.now() + READY_MS;
    while (!(await serves(url))) {
      if (program.ended || Date.now() > giveUpAt) {
        await program.stop();
        throw new Error(`does not serve ${url}\n${program.output}`);
      }
      await setTimeout(50);
    }
    return program;
  }

  private get ended(): boolean {
    return this.keeper.exitCode !== null || this.keeper.signalCode !== null;
  }

  /** The end of what the program wrote. */
  get output(): string {
    return `${basename(this.path)} wrote:\n${this.said}`;
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    this.keeper.stdin.end();
    await once(this.keeper, 'close');
  }
}

async function serves(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}
