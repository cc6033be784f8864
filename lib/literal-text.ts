/** Text from outside, such as a workspace id, that Terraform must not read as a template. */
export function literalText(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, (sign) => sign + sign);
}
