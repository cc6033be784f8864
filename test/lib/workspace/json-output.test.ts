import { GoogleProvider } from '@cdktf/provider-google/lib/provider';
import { App, Testing, TerraformStack } from 'cdktf';

import { AudienceImport } from '../../../lib';
import { PROPS } from '../../support/stacks/stacks';

const withOutput = (hclOutput: boolean) => {
  const stack = new TerraformStack(new App({ hclOutput }), 'stack');
  new GoogleProvider(stack, 'google', {});
  return () => {
    new AudienceImport(stack, 'audiences', PROPS);
    return stack;
  };
};

test('HCL is refused with a sentence that names the option and what is allowed', () => {
  expect(withOutput(true)).toThrow(
    /^AudienceImport "stack\/audiences": got HCL .*--hcl or SYNTH_HCL_OUTPUT.*; allowed: JSON[^\n]*$/,
  );
});

test('CDKTF still writes a text with quotes and a reference wrongly in HCL', () => {
  const hcl: string = Testing.synthHcl(withOutput(false)()) as string;
  // The quote after the sign of equality ends the text.
  expect(hcl).toMatch(/^filter = "metric\.type="bigquery.*\$\{element\(reverse\(split\(/m);
});
