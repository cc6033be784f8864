import type { Construct } from 'constructs';

/**
 * Refuses the output that `cdktf synth --hcl` and `SYNTH_HCL_OUTPUT=true` ask for. CDKTF writes wrong HCL for a text with
 * both quotes and a reference, such as the filter of an alert, and only `terraform init` would notice:
 * https://github.com/hashicorp/terraform-cdk/issues/3911
 *
 * @throws {Error} if the app writes HCL.
 */
export function requireJsonOutput(scope: Construct): void {
  // An `App` of CDKTF or of CDK Terrain. A stack without one, as in some tests, has no such field.
  const { hclOutput } = scope.node.root as { readonly hclOutput?: unknown };
  if (hclOutput !== true) return;
  throw new Error(
    `AudienceImport "${scope.node.path}": got HCL as the output of synth (--hcl or SYNTH_HCL_OUTPUT); ` +
      'allowed: JSON, which is the default, because CDKTF writes texts with quotes and references wrongly in HCL',
  );
}
