/**
 * Escapes text so that Terraform keeps it as it is. Unescaped, `${` and `%{` begin a template.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
export function literal(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, '$&$&');
}

/** The longest prefix of at most `bytes` UTF-8 bytes that does not split a character. */
export function withinBytes(text: string, bytes: number): string {
  let room = bytes;
  let end = 0;
  for (const character of text) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}
