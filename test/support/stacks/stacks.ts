import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, Testing, TerraformStack } from 'cdktf';

import { AudienceImport } from '../../../lib/index';
import type { AudienceImportProps } from '../../../lib/props/audience-import-props';
import { PROPS } from '../../../docs/tools/example-props';

export { PROPS };

export type Attributes = Record<string, unknown>;

export interface SynthesizedStack {
  readonly text: string;
  /** Type to logical id to attributes. */
  readonly resource: Record<string, Record<string, Attributes>>;
  readonly output: Record<string, Attributes>;
}

/** Synthesizes one stack with the validations on. */
export function synthesized(
  props: Partial<AudienceImportProps> = {},
  context: Record<string, unknown> = {},
): SynthesizedStack & { readonly construct: AudienceImport } {
  const app = Testing.stubVersion(new App({ stackTraces: false, context }));
  const stack = new TerraformStack(app, 'stack');
  new GoogleProvider(stack, 'google', {});
  const construct = new AudienceImport(stack, 'audiences', { ...PROPS, ...props });
  return { ...parsed(Testing.synth(stack, true)), construct };
}

export function parsed(text: string): SynthesizedStack {
  return { text, ...(JSON.parse(text) as Omit<SynthesizedStack, 'text'>) };
}

export function all(stack: SynthesizedStack, type: string): Attributes[] {
  return Object.values(stack.resource[type] ?? {});
}

/** The one resource of a type, or the one whose logical id holds a text. */
export function one(stack: SynthesizedStack, type: string, part = ''): Attributes {
  const [only, ...others] = Object.entries(stack.resource[type] ?? {})
    .filter(([id]) => id.includes(part))
    .map(([, attributes]) => attributes);
  if (!only || others.length > 0) throw new Error(`not exactly one ${type} ${part}`);
  return only;
}
