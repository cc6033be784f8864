#!/usr/bin/env node
import { main } from './main';

// A reader such as `head` may close the pipe early, which is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});

void main(process.argv.slice(2), process).then((code) => {
  process.exitCode = code;
});
