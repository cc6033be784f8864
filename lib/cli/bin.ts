#!/usr/bin/env node
import { EXIT, main } from './main';

// A reader such as `head` may close the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  console.error(`audience-import: standard output: ${error.message}`);
  process.exit(EXIT.usage);
});

void main(process.argv.slice(2), process).then(
  (code) => {
    process.exitCode = code;
  },
  (defect: unknown) => {
    console.error(defect);
    process.exitCode = EXIT.defect;
  },
);
