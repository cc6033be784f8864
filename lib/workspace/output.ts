import { TerraformOutput, type TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';

export interface OutputOptions {
  readonly value: string | Readonly<Record<string, string>>;
  readonly description: string;
  /** Resources without which the value is of no use yet, such as grants. */
  readonly usableAfter?: readonly TerraformResource[];
}

/** Adds an output. CDKTF renders an output's own `dependsOn` as `${address}`, which Terraform refuses. */
export function addOutput(scope: Construct, id: string, options: OutputOptions): TerraformOutput {
  const { value, description, usableAfter = [] } = options;
  const output = new TerraformOutput(scope, id, { value, description });
  if (usableAfter.length > 0) {
    output.addOverride(
      'depends_on',
      usableAfter.map(
        (resource) => `${resource.terraformResourceType}.${resource.friendlyUniqueId}`,
      ),
    );
  }
  return output;
}
