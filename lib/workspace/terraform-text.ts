/**
 * Text that Terraform takes as it is: it would read `${` and `%{` as templates of its own.
 * https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
 */
export function literal(text: string): string {
  return text.replaceAll(/[$%](?=\{)/g, '$&$&');
}

/** The longest beginning of a text that has at most so many UTF-8 bytes, and cuts no character. */
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
